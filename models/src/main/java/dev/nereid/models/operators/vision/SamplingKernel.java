package dev.nereid.models.operators.vision;

import dev.nereid.models.ModelFormatException;

/** How a value between cells is made of those around it. */
enum SamplingKernel {
    NEAREST(1, 0),
    LINEAR(2, 0),
    CUBIC(4, -1);

    private static final double CUBIC_COEFFICIENT = -0.75;

    private final int taps;
    private final int firstTap;

    SamplingKernel(int taps, int firstTap) {
        this.taps = taps;
        this.firstTap = firstTap;
    }

    /** The kernel that ONNX calls {@code name}; opset 16 has names for two axes. */
    static SamplingKernel of(String name) {
        return switch (name) {
            case "nearest" -> NEAREST;
            case "linear", "bilinear" -> LINEAR;
            case "cubic", "bicubic" -> CUBIC;
            default ->
                throw new ModelFormatException(
                        "attribute 'mode': expected 'nearest', 'linear' or 'cubic', got '" + name + "'");
        };
    }

    /** Cells along an axis. */
    int taps() {
        return taps;
    }

    /** The first cell, counted from the one at or below the position. */
    int firstTap() {
        return firstTap;
    }

    /**
     * The weight of a cell.
     *
     * @param ratio how far the position lies above the cell at or below it; in [0, 1)
     * @param tap in [0, taps)
     */
    double weight(double ratio, int tap) {
        return switch (this) {
            case NEAREST -> 1;
            case LINEAR -> tap == 0 ? 1 - ratio : ratio;
            case CUBIC -> cubic(Math.abs(firstTap + tap - ratio));
        };
    }

    private static double cubic(double distance) {
        double a = CUBIC_COEFFICIENT;
        if (distance <= 1) {
            return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
        }
        return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
    }
}
