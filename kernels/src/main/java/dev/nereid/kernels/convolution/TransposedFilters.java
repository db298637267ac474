package dev.nereid.kernels.convolution;

/**
 * The sizes of a transposed convolution's filters over two axes, w: [inputs, outputs, rows.kernel, columns.kernel].
 *
 * @param inputs channels of x
 * @param outputs channels of y
 */
public record TransposedFilters(int inputs, int outputs, Axis rows, Axis columns) {
    public TransposedFilters {
        if (inputs < 1 || outputs < 1) {
            throw new IllegalArgumentException("filters from " + inputs + " to " + outputs + " channels");
        }
    }

    /**
     * How the kernel moves along one axis of y.
     *
     * @param kernel taps
     * @param stride cells of y from one cell of x to the next
     */
    public record Axis(int kernel, int stride) {
        public Axis {
            if (stride < 1 || kernel < stride) {
                throw new IllegalArgumentException(
                        "a transposed kernel: expected at least as many taps as its stride of " + stride + ", got "
                                + kernel);
            }
        }

        /** Whether each cell of y gets one tap, and the cells under one cell of x lie next to each other. */
        public boolean tiles() {
            return kernel == stride;
        }

        /** Taps that meet a cell of y for which the first of them is {@code first}. */
        public int taps(int first) {
            return Math.ceilDiv(kernel - first, stride);
        }

        /** The tap with number {@code at} of those, in the order of the cells of x that they multiply. */
        public int tap(int first, int at) {
            return first + stride * (taps(first) - 1 - at);
        }
    }

    /** The filters of a transposed convolution, whose shape says which convolution makes x from y. */
    public static TransposedFilters of(ConvShape shape) {
        Window window = shape.window().inTwoAxes();
        return new TransposedFilters(
                shape.filters(),
                shape.channels(),
                new Axis(window.kernel()[0], window.stride()[0]),
                new Axis(window.kernel()[1], window.stride()[1]));
    }

    public long elements() {
        return (long) inputs * outputs * rows.kernel() * columns.kernel();
    }
}
