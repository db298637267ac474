package dev.nereid.models.operators.vision;

/**
 * The values between the cells of an image that one bin of a region is made of: for each the four cells around it and
 * their weights.
 */
final class RegionBin {
    /** Cells around a value. */
    static final int CORNERS = 4;

    private final int height;
    private final int width;
    private final int[] cells;
    private final double[] weights;
    private int values;

    /**
     * An empty bin.
     *
     * @param capacity values that it may get
     */
    RegionBin(int height, int width, int capacity) {
        this.height = height;
        this.width = width;
        this.cells = new int[CORNERS * capacity];
        this.weights = new double[CORNERS * capacity];
    }

    void clear() {
        values = 0;
    }

    /** Adds the value at a position. Up to one cell beyond the edges the edges go on, further out all is zero. */
    void add(double row, double column) {
        int at = CORNERS * values++;
        boolean outside = !(row >= -1 && row <= height && column >= -1 && column <= width);
        if (outside || height == 0 || width == 0) {
            java.util.Arrays.fill(cells, at, at + CORNERS, 0);
            java.util.Arrays.fill(weights, at, at + CORNERS, 0);
            return;
        }
        double y = Math.clamp(row, 0, height - 1.0);
        double x = Math.clamp(column, 0, width - 1.0);
        int top = (int) y;
        int left = (int) x;
        int bottom = Math.min(top + 1, height - 1);
        int right = Math.min(left + 1, width - 1);
        cells[at] = top * width + left;
        cells[at + 1] = top * width + right;
        cells[at + 2] = bottom * width + left;
        cells[at + 3] = bottom * width + right;
        weights[at] = (1 - (y - top)) * (1 - (x - left));
        weights[at + 1] = (1 - (y - top)) * (x - left);
        weights[at + 2] = (y - top) * (1 - (x - left));
        weights[at + 3] = (y - top) * (x - left);
    }

    /** The mean of the values; 0 of none. */
    double mean(RealElements image, long offset) {
        double sum = 0;
        for (int i = 0; i < CORNERS * values; i++) {
            sum += weights[i] * image.at(offset + cells[i]);
        }
        return values == 0 ? 0 : sum / values;
    }

    /** Writes the cells, and what each weighs in the mean, from an index on. */
    void share(int[] cells, float[] weights, int at) {
        for (int i = 0; i < CORNERS * values; i++) {
            cells[at + i] = this.cells[i];
            weights[at + i] = (float) (this.weights[i] / values);
        }
    }

    /** The greatest of the weighted cells, which ONNX takes for the maximum of the values; 0 of none. */
    double maximum(RealElements image, long offset) {
        if (values == 0) {
            return 0;
        }
        double greatest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < CORNERS * values; i++) {
            greatest = Math.max(greatest, weights[i] * image.at(offset + cells[i]));
        }
        return greatest;
    }
}
