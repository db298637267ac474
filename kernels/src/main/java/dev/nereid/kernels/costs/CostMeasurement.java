package dev.nereid.kernels.costs;

import dev.nereid.kernels.convolution.ChannelsLastKernels;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.ConvolutionCostModel;
import dev.nereid.kernels.convolution.ConvolutionCostModel.Cost;
import dev.nereid.kernels.convolution.ConvolutionCostModel.Work;
import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.Window;

/**
 * Measures what the algorithms for convolutions of 3 x 3 taps cost on one thread: each computes a layer with few channels, one
 * with many, and one whose filters come from memory, and the three times say what a multiply-add, a value and a byte of filters
 * take. Takes about three seconds, more on a busy machine, most of them until the kernels are compiled, and 160 MiB meanwhile.
 */
public final class CostMeasurement {
    /** Of few multiply-adds beside what is written. */
    private static final ConvShape NARROW = shape(16, 16, 32);

    /** Of many multiply-adds, by filters that stay in the caches. */
    private static final ConvShape WIDE = shape(64, 64, 28);

    /** Of filters that are read for few cells. */
    private static final ConvShape DEEP = shape(256, 256, 8);

    /** The deep layer's filters take turns among copies of so many bytes, as the layers of a network take turns. */
    private static final long COLD_BYTES = 128L << 20;

    private CostMeasurement() {}

    /** Whether the kernels have both algorithms. */
    public static boolean canMeasure(ChannelsLastKernels kernels) {
        return kernels.hasWinograd(Filters.of(DEEP), DEEP.window());
    }

    /**
     * What the algorithms cost.
     *
     * @throws IllegalArgumentException if the kernels do not have both
     */
    public static ConvolutionCostModel of(ChannelsLastKernels kernels) {
        if (!canMeasure(kernels)) {
            throw new IllegalArgumentException("kernels without Winograd's algorithm have nothing to choose from");
        }
        return new ConvolutionCostModel(cost(kernels, false), cost(kernels, true));
    }

    private static Cost cost(ChannelsLastKernels kernels, boolean winograd) {
        double narrow = TimedLayer.nanos(kernels, NARROW, winograd, 0);
        double wide = TimedLayer.nanos(kernels, WIDE, winograd, 0);
        double deep = TimedLayer.nanos(kernels, DEEP, winograd, COLD_BYTES);
        return fit(work(NARROW, winograd), narrow, work(WIDE, winograd), wide, work(DEEP, winograd), deep);
    }

    /**
     * What explains three times: the first two by multiply-adds and values, what is left of the third by its filters.
     * Nothing takes less than no time: what would is taken to be free, and the rest explained by what is left.
     */
    static Cost fit(Work narrow, double narrowNanos, Work wide, double wideNanos, Work deep, double deepNanos) {
        double determinant = narrow.multiplyAdds() * wide.values() - wide.multiplyAdds() * narrow.values();
        double multiplyAdd = (narrowNanos * wide.values() - wideNanos * narrow.values()) / determinant;
        double value = (narrow.multiplyAdds() * wideNanos - wide.multiplyAdds() * narrowNanos) / determinant;
        if (value < 0) {
            value = 0;
            multiplyAdd = wideNanos / wide.multiplyAdds();
        } else if (multiplyAdd < 0) {
            multiplyAdd = 0;
            value = narrowNanos / narrow.values();
        }
        double explained = new Cost(multiplyAdd, value, 0).nanos(deep);
        return new Cost(multiplyAdd, value, Math.max(0, deepNanos - explained) / deep.filterBytes());
    }

    private static Work work(ConvShape shape, boolean winograd) {
        Filters filters = Filters.of(shape);
        return winograd
                ? ConvolutionCostModel.winograd(filters, shape.window())
                : ConvolutionCostModel.sums(filters, shape.window());
    }

    /** A square image, padded so that it keeps its size. */
    private static ConvShape shape(int channels, int filters, int side) {
        int[] one = {1, 1};
        int[] sides = {side, side};
        return new ConvShape(1, channels, filters, 1, new Window(sides, new int[] {3, 3}, one, one, one, sides));
    }
}
