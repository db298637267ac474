package dev.nereid.nativekernels;

import dev.nereid.kernels.quantized.FilterShape;
import dev.nereid.kernels.quantized.Int8Panels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Filters of 3 x 3 taps of bytes as Winograd's F(2 x 2, 3 x 3) multiplies them in integers, laid out as {@code nereid.h} says
 * and followed by the int32 sum of each filter as stored. Lavin and Gray, Fast Algorithms for Convolutional Neural
 * Networks, has the matrices; here they are twice as large, and integers.
 */
final class Int8WinogradFilters {
    /** Places of a transformed tile along an axis: 2 outputs and 2 more. */
    static final int SIDE = 4;

    /** Columns of a panel. */
    static final int PANEL = 16;

    static final int PLACES = SIDE * SIDE;

    private static final int TAPS = 3;
    private static final int WINDOW = TAPS * TAPS;

    /** Channels whose numbers fill a vector: fewer are not taken. */
    private static final int VECTOR = 16;

    /** Channels below which the transformations take what the multiplications save. */
    private static final int FEWEST = 32;

    /** Channels of which four times the sums fit into 32 bits: those of 255, -128 and nine taps do up to 1827. */
    private static final int MOST = 1024;

    /** What a filter's three taps along an axis become. */
    private static final int[][] TRANSFORM = {{2, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 2}};

    private static final long ALIGNMENT = 64;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private Int8WinogradFilters() {}

    /** Whether the algorithm can, and is worth it. */
    static boolean suit(FilterShape shape) {
        return shape.groups() == 1
                && Arrays.equals(shape.window(), new long[] {TAPS, TAPS})
                && Arrays.equals(shape.strides(), new long[] {1, 1})
                && Arrays.equals(shape.dilations(), new long[] {1, 1})
                && shape.channels() % VECTOR == 0
                && shape.channels() >= FEWEST
                && shape.channels() <= MOST;
    }

    static long bytes(FilterShape shape) {
        return sumsOffset(shape) + 4L * shape.outputs();
    }

    /** Where the panel of a column begins, which is the first of one. */
    static long offset(FilterShape shape, int column) {
        return (long) column * PLACES * shape.channels() * Short.BYTES;
    }

    private static long sumsOffset(FilterShape shape) {
        return Int8Panels.roundUp(offset(shape, (int) Int8Panels.roundUp(shape.outputs(), PANEL)), ALIGNMENT);
    }

    /** The sums of packed filters, int32 [outputs]. */
    static MemorySegment sums(FilterShape shape, MemorySegment memory) {
        return memory.asSlice(sumsOffset(shape), 4L * shape.outputs());
    }

    /** Transforms w: [outputs, channels, 3, 3]. */
    static void pack(FilterShape shape, boolean signed, MemorySegment w, MemorySegment memory) {
        memory.fill((byte) 0);
        MemorySegment sums = sums(shape, memory);
        int[] taps = new int[WINDOW];
        for (int output = 0; output < shape.outputs(); output++) {
            int sum = 0;
            for (int channel = 0; channel < shape.channels(); channel++) {
                long from = ((long) output * shape.channels() + channel) * WINDOW;
                for (int tap = 0; tap < WINDOW; tap++) {
                    byte stored = w.get(ValueLayout.JAVA_BYTE, from + tap);
                    taps[tap] = signed ? stored : (stored & 0xff) - 128;
                    sum += taps[tap];
                }
                transform(
                        taps, memory, offset(shape, output / PANEL * PANEL) + place(output, channel), shape.channels());
            }
            sums.set(INT, 4L * output, sum);
        }
    }

    /** Where in the panel of an output a channel's number for the first place is. */
    private static long place(int output, int channel) {
        return (((long) channel / 2 * PANEL + output % PANEL) * 2 + channel % 2) * Short.BYTES;
    }

    private static void transform(int[] taps, MemorySegment memory, long to, int channels) {
        for (int row = 0; row < SIDE; row++) {
            int[] down = TRANSFORM[row];
            int left = down[0] * taps[0] + down[1] * taps[3] + down[2] * taps[6];
            int middle = down[0] * taps[1] + down[1] * taps[4] + down[2] * taps[7];
            int right = down[0] * taps[2] + down[1] * taps[5] + down[2] * taps[8];
            for (int column = 0; column < SIDE; column++) {
                int[] across = TRANSFORM[column];
                int number = across[0] * left + across[1] * middle + across[2] * right;
                long place = (long) (row * SIDE + column) * channels * PANEL * Short.BYTES;
                memory.set(SHORT, to + place, (short) number);
            }
        }
    }
}
