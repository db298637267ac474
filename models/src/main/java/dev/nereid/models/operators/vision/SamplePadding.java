package dev.nereid.models.operators.vision;

import dev.nereid.models.ModelFormatException;
import java.util.Arrays;
import java.util.Locale;

/** How pixels beyond the edges of a sampled image are read: ONNX attribute {@code padding_mode}. */
enum SamplePadding {
    ZEROS,
    /** Pixels beyond the edge repeat the edge. */
    BORDER,
    /** The image is mirrored beyond its edges. */
    REFLECTION;

    /** What {@link #cell} returns for a cell that is zero. */
    static final long NO_CELL = -1;

    static SamplePadding of(String name) {
        for (SamplePadding padding : values()) {
            if (padding.name().toLowerCase(Locale.ROOT).equals(name)) {
                return padding;
            }
        }
        throw new ModelFormatException("attribute 'padding_mode': expected one of "
                + Arrays.toString(values()).toLowerCase(Locale.ROOT) + ", got '" + name + "'");
    }

    /**
     * Moves a position along an axis to where it is sampled.
     *
     * @param low the position of the first edge: that of the first cell's centre or of its outer side
     * @param high the position of the last edge
     */
    double position(double position, int extent, double low, double high) {
        boolean inside = position >= low && position <= high;
        if (inside || this == ZEROS) {
            return position;
        }
        return this == BORDER ? Math.clamp(position, 0, extent - 1.0) : reflected(position, low, high);
    }

    /** The cell in [0, extent) that stands for {@code cell}, or {@link #NO_CELL}. */
    long cell(long cell, int extent, double low, double high) {
        if (cell >= 0 && cell < extent) {
            return cell;
        }
        return switch (this) {
            case ZEROS -> NO_CELL;
            case BORDER -> Math.clamp(cell, 0, extent - 1);
            case REFLECTION -> Math.clamp((long) reflected((double) cell, low, high), 0, extent - 1);
        };
    }

    private static double reflected(double position, double low, double high) {
        double range = high - low;
        if (range <= 0) {
            return low;
        }
        double beyond = position < low ? low - position : position - high;
        double turns = Math.floor(beyond / range);
        double rest = beyond - turns * range;
        boolean fromLow = position < low == (turns % 2 == 0);
        return fromLow ? low + rest : high - rest;
    }
}
