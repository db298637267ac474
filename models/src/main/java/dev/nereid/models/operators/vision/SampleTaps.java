package dev.nereid.models.operators.vision;

/**
 * The taps of one sampled value: pixels of an image, over any number of axes, and their weights. Reused from position to
 * position; one thread at a time.
 */
final class SampleTaps {
    private final SamplingKernel kernel;
    private final SamplePadding padding;
    private final boolean alignsCorners;
    private final int[] extents;
    private final long[] cells;
    private final double[] weights;
    private int count;

    /**
     * Taps of an image.
     *
     * @param alignsCorners whether the edges of the image are the centres of its outermost cells, not their outer sides
     * @param extents of the image's axes
     */
    SampleTaps(SamplingKernel kernel, SamplePadding padding, boolean alignsCorners, int... extents) {
        this.kernel = kernel;
        this.padding = padding;
        this.alignsCorners = alignsCorners;
        this.extents = extents;
        int most = 1;
        for (int _ : extents) {
            most = Math.multiplyExact(most, kernel.taps());
        }
        this.cells = new long[most];
        this.weights = new double[most];
    }

    /** Moves to a position: [axes], in cells; its numbers may be rounded already. */
    void moveTo(double[] position) {
        cells[0] = 0;
        weights[0] = 1;
        count = 1;
        for (int axis = 0; axis < extents.length; axis++) {
            addAxis(axis, position[axis]);
        }
    }

    /** Cells that count; the others are zeros. */
    int count() {
        return count;
    }

    /** The number of a cell in the image. */
    long cell(int tap) {
        return cells[tap];
    }

    double weight(int tap) {
        return weights[tap];
    }

    /** The weighted sum over the image that begins at element {@code offset}. */
    double sample(RealElements image, long offset) {
        double sum = 0;
        for (int tap = 0; tap < count; tap++) {
            sum += weights[tap] * image.at(offset + cells[tap]);
        }
        return sum;
    }

    /** Every tap so far becomes as many as the kernel has along the axis. */
    private void addAxis(int axis, double raw) {
        int extent = extents[axis];
        double low = alignsCorners ? 0 : -0.5;
        double high = alignsCorners ? extent - 1 : extent - 0.5;
        // As in PyTorch: a cubic kernel reads on beyond an edge that goes on, where less and less of the image weighs.
        boolean stays = kernel == SamplingKernel.CUBIC && padding == SamplePadding.BORDER;
        double position = stays ? raw : padding.position(raw, extent, low, high);
        double floor = Math.floor(position);
        // Far from the image a long would overflow; such cells are padding wherever they are.
        long first = (long) Math.clamp(floor, -1e15, 1e15) + kernel.firstTap();
        int before = count;
        // From the back, so that no tap is overwritten before it was read.
        int next = before * kernel.taps();
        for (int old = before - 1; old >= 0; old--) {
            long cell = cells[old] * extent;
            double weight = weights[old];
            for (int tap = kernel.taps() - 1; tap >= 0; tap--) {
                long along = padding.cell(first + tap, extent, low, high);
                next--;
                cells[next] = along == SamplePadding.NO_CELL ? SamplePadding.NO_CELL : cell + along;
                weights[next] = weight * kernel.weight(position - floor, tap);
            }
        }
        count = before * kernel.taps();
        dropZeros();
    }

    private void dropZeros() {
        int kept = 0;
        for (int tap = 0; tap < count; tap++) {
            if (cells[tap] >= 0) {
                cells[kept] = cells[tap];
                weights[kept++] = weights[tap];
            }
        }
        count = kept;
    }
}
