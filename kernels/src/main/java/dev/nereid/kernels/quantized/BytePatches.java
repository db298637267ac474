package dev.nereid.kernels.quantized;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Convolutions of bytes as products: each output position becomes a row with the input elements under the window.
 *
 * @param input spatial extents of the input
 * @param window spatial extents of the window
 * @param output spatial extents of the output
 * @param strides steps of the window, one an axis
 * @param dilations steps within the window, one an axis
 * @param padding elements before the first one, one an axis; may be negative
 */
@SuppressWarnings("ArrayRecordComponent")
public record BytePatches(
        long[] input, long[] window, long[] output, long[] strides, long[] dilations, long[] padding) {

    /** The elements of one channel. */
    public long channelElements() {
        return product(input);
    }

    /** The elements of the window in one channel. */
    public long windowElements() {
        return product(window);
    }

    /** The number of output positions, which is that of rows. */
    public long positions() {
        return product(output);
    }

    /**
     * Fills patches: [positions, channels * windowElements] from x: [channels, input...].
     *
     * @param outside what an element beyond the input's edge counts as
     */
    public void fill(MemorySegment x, long xOffset, int channels, byte outside, MemorySegment patches) {
        int rank = input.length;
        long[] at = new long[rank];
        long[] in = new long[rank];
        long to = 0;
        long positions = positions();
        for (long position = 0; position < positions; position++) {
            for (int channel = 0; channel < channels; channel++) {
                long base = xOffset + channel * channelElements();
                Arrays.fill(in, 0);
                for (long element = windowElements(); element > 0; element--) {
                    long from = offset(at, in);
                    patches.set(
                            ValueLayout.JAVA_BYTE,
                            to++,
                            from < 0 ? outside : x.get(ValueLayout.JAVA_BYTE, base + from));
                    advance(in, window);
                }
            }
            advance(at, output);
        }
    }

    /** Where the element at a place of the window lies in its channel, or -1 beyond the edge. */
    private long offset(long[] at, long[] in) {
        long offset = 0;
        for (int axis = 0; axis < input.length; axis++) {
            long index = at[axis] * strides[axis] + in[axis] * dilations[axis] - padding[axis];
            if (index < 0 || index >= input[axis]) {
                return -1;
            }
            offset = offset * input[axis] + index;
        }
        return offset;
    }

    private static void advance(long[] index, long[] extents) {
        for (int axis = index.length - 1; axis >= 0; axis--) {
            if (++index[axis] < extents[axis]) {
                return;
            }
            index[axis] = 0;
        }
    }

    private static long product(long[] extents) {
        long product = 1;
        for (long extent : extents) {
            product *= extent;
        }
        return product;
    }
}
