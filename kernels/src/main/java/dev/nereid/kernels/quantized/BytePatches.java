package dev.nereid.kernels.quantized;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

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
        long[] at = new long[input.length];
        long[] elements = elementOffsets();
        long to = 0;
        long positions = positions();
        for (long position = 0; position < positions; position++) {
            long first = isInside(at) ? origin(at) : -1;
            for (int channel = 0; channel < channels; channel++) {
                long base = xOffset + channel * channelElements();
                if (first >= 0) {
                    for (long element : elements) {
                        byte value = x.get(ValueLayout.JAVA_BYTE, base + first + element);
                        patches.set(ValueLayout.JAVA_BYTE, to++, value);
                    }
                } else {
                    fillAtTheEdge(at, x, base, outside, patches, to);
                    to += elements.length;
                }
            }
            advance(at, output);
        }
    }

    private void fillAtTheEdge(long[] at, MemorySegment x, long base, byte outside, MemorySegment patches, long to) {
        long[] in = new long[input.length];
        long end = to + windowElements();
        for (long i = to; i < end; i++) {
            long from = offset(at, in);
            patches.set(ValueLayout.JAVA_BYTE, i, from < 0 ? outside : x.get(ValueLayout.JAVA_BYTE, base + from));
            advance(in, window);
        }
    }

    /** Whether the window at an output position lies within the input. */
    private boolean isInside(long[] at) {
        for (int axis = 0; axis < input.length; axis++) {
            long first = at[axis] * strides[axis] - padding[axis];
            if (first < 0 || first + (window[axis] - 1) * dilations[axis] >= input[axis]) {
                return false;
            }
        }
        return true;
    }

    private long origin(long[] at) {
        long offset = 0;
        for (int axis = 0; axis < input.length; axis++) {
            offset = offset * input[axis] + at[axis] * strides[axis] - padding[axis];
        }
        return offset;
    }

    /** How far each element of the window lies from its first one. */
    private long[] elementOffsets() {
        long[] offsets = new long[Math.toIntExact(windowElements())];
        long[] in = new long[input.length];
        for (int i = 0; i < offsets.length; i++) {
            long offset = 0;
            for (int axis = 0; axis < input.length; axis++) {
                offset = offset * input[axis] + in[axis] * dilations[axis];
            }
            offsets[i] = offset;
            advance(in, window);
        }
        return offsets;
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
