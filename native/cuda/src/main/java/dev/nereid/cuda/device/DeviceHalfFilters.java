package dev.nereid.cuda.device;

import dev.nereid.kernels.convolution.ConvShape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Filters in the layout of {@link DeviceKernels#convolveHalf}: [taps, channels, filters], with channels and filters padded
 * with zeros to the next multiple of {@link #EACH}, so that each row of filters and each pixel's channels begin at a
 * multiple of 16 bytes. Made once, when a model is loaded.
 */
public final class DeviceHalfFilters {
    /** Numbers of 16 bits that are copied together. */
    public static final int EACH = 16 / Short.BYTES;

    /** Fewer filters would leave most of a tile of a matrix product empty. */
    private static final int FEWEST_FILTERS = 8;

    private DeviceHalfFilters() {}

    /** Whether there are kernels for a convolution: a matter of its filters alone. */
    public static boolean suit(int filters, int groups) {
        return groups == 1 && filters >= FEWEST_FILTERS;
    }

    /** The next multiple of {@link #EACH}. */
    public static int padded(int count) {
        return Math.ceilDiv(count, EACH) * EACH;
    }

    /** The additions of an output element, those of zeros too. */
    public static int depth(ConvShape shape) {
        return Math.multiplyExact(shape.window().taps(), padded(shape.channels()));
    }

    /** Bytes of arranged filters. */
    public static long bytes(int filters, int channels, int taps) {
        return (long) Short.BYTES * taps * padded(channels) * padded(filters);
    }

    /**
     * Arranges filters.
     *
     * @param w [filters, channels, taps]
     * @param arranged of {@link #bytes}, all zeros
     */
    public static void arrange(int filters, int channels, int taps, MemorySegment w, MemorySegment arranged) {
        long from = 0;
        for (int filter = 0; filter < filters; filter++) {
            for (int channel = 0; channel < channels; channel++) {
                for (int tap = 0; tap < taps; tap++) {
                    short bits = w.get(ValueLayout.JAVA_SHORT_UNALIGNED, Short.BYTES * from++);
                    long to = ((long) tap * padded(channels) + channel) * padded(filters) + filter;
                    arranged.setAtIndex(ValueLayout.JAVA_SHORT, to, bits);
                }
            }
        }
    }
}
