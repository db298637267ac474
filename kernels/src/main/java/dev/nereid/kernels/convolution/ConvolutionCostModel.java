package dev.nereid.kernels.convolution;

import jdk.incubator.vector.FloatVector;

/**
 * Cost model of a 3 x 3 convolution on one thread: the time by Winograd's algorithm and without it, which decides the
 * algorithm of a layer. The numbers belong to a machine and to the kernels that they were measured with.
 */
public record ConvolutionCostModel(Cost sums, Cost winograd) {
    /** Winograd's filters take four times the memory and its results more of rounding: it has to be worth that. */
    private static final double WORTH = 0.95;

    /** Filters are computed for whole vectors. */
    private static final int LANES = FloatVector.SPECIES_PREFERRED.length();

    private static final int TAPS = 9;
    private static final int TILE = WinogradTaps.OUTPUTS;

    /** How much an algorithm has to do for an image. */
    public record Work(double multiplyAdds, double values, double filterBytes) {}

    /**
     * Nanoseconds of what an algorithm does.
     *
     * @param multiplyAdd of a product that is added
     * @param value of a number that is written, or brought into another form on the way
     * @param filterByte of a byte of filters that comes from memory
     */
    public record Cost(double multiplyAdd, double value, double filterByte) {
        public Cost {
            if (!isTime(multiplyAdd) || !isTime(value) || !isTime(filterByte)) {
                throw new IllegalArgumentException("expected nanoseconds, got " + multiplyAdd + " a multiply-add, "
                        + value + " a value, " + filterByte + " a byte of filters");
            }
        }

        public double nanos(Work work) {
            return multiplyAdd * work.multiplyAdds + value * work.values + filterByte * work.filterBytes;
        }

        private static boolean isTime(double nanos) {
            return nanos >= 0 && Double.isFinite(nanos);
        }
    }

    /** Work of a direct convolution. */
    public static Work sums(Filters filters, Window window) {
        double cells = window.outputs();
        double values = cells * rounded(filters.count());
        return new Work(values * filters.groupChannels() * TAPS, values, (double) filters.elements() * Float.BYTES);
    }

    /** What Winograd's algorithm has to do. */
    public static Work winograd(Filters filters, Window window) {
        Window flat = window.inTwoAxes();
        double tiles = 1;
        for (int axis = 0; axis < 2; axis++) {
            int between = flat.dilation()[axis];
            tiles *= (double) Math.ceilDiv(flat.output()[axis], TILE * between) * between;
        }
        double products = (double) WinogradTaps.PLACES * filters.groupChannels() * rounded(filters.count());
        return new Work(
                tiles * products, tiles * (filters.groupChannels() + rounded(filters.count())), products * Float.BYTES);
    }

    /** Whether Winograd's algorithm is faster for a layer that it can do, by as much as it has to be. */
    public boolean prefersWinograd(Filters filters, Window window) {
        return winograd.nanos(winograd(filters, window)) < WORTH * sums.nanos(sums(filters, window));
    }

    private static int rounded(int filters) {
        return Math.ceilDiv(filters, LANES) * LANES;
    }
}
