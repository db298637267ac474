package dev.nereid.cuda.device;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.convolution.WinogradTaps;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Filters in the layout of {@link DeviceKernels#convolveWinograd}: a matrix [channels, filters] for each position of a
 * transformed tile. Four times as large as the filters; made once, when a model is loaded.
 */
public final class DeviceWinogradFilters {
    /** Channels and filters beyond which they take more memory than they are worth. */
    private static final int MOST = 512;

    private static final int AXES = 2;

    private DeviceWinogradFilters() {}

    /**
     * Whether there are kernels for a convolution: 3 x 3 taps over two axes in one group, moved cell by cell. Where padding is
     * negative, cells that no output sees would be a part of tiles.
     */
    public static boolean suit(ConvShape shape) {
        Window window = shape.window();
        boolean suit = window.rank() == AXES
                && shape.groups() == 1
                && isIn(1, MOST, shape.channels())
                && isIn(1, MOST, shape.filters());
        for (int axis = 0; suit && axis < AXES; axis++) {
            int front = window.padding()[axis];
            int behind = window.output()[axis] + WinogradTaps.TAPS - 1 - window.input()[axis] - front;
            suit = window.kernel()[axis] == WinogradTaps.TAPS
                    && window.stride()[axis] == 1
                    && window.dilation()[axis] == 1
                    && front >= 0
                    && behind >= 0;
        }
        return suit;
    }

    private static boolean isIn(int least, int most, int count) {
        return least <= count && count <= most;
    }

    /** Bytes of transformed filters. */
    public static long bytes(int filters, int channels) {
        return (long) Float.BYTES * WinogradTaps.PLACES * channels * filters;
    }

    /**
     * Transforms filters.
     *
     * @param w {@code FP32} [filters, channels, 3, 3]
     * @param transformed of {@link #bytes}
     */
    public static void transform(int filters, int channels, MemorySegment w, MemorySegment transformed) {
        int taps = WinogradTaps.TAPS * WinogradTaps.TAPS;
        float[] weights = new float[channels * taps];
        double[] places = new double[WinogradTaps.PLACES];
        for (int filter = 0; filter < filters; filter++) {
            long from = (long) Float.BYTES * filter * weights.length;
            MemorySegment.copy(w, ValueLayout.JAVA_FLOAT_UNALIGNED, from, weights, 0, weights.length);
            for (int channel = 0; channel < channels; channel++) {
                WinogradTaps.transform(weights, channel * taps, places);
                for (int place = 0; place < places.length; place++) {
                    long to = ((long) place * channels + channel) * filters + filter;
                    transformed.setAtIndex(ValueLayout.JAVA_FLOAT, to, (float) places[place]);
                }
            }
        }
    }
}
