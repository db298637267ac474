package dev.nereid.kernels.quantized;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The packed layout of a right operand: panels of {@code columns} columns, each [ceil(k / 4)][columns][4] bytes (of some
 * kernels other blocks of as many), zero beyond the edges, followed by the int32 sum of each column as stored. Unsigned
 * elements are stored with 128 subtracted, so that every stored byte is signed.
 *
 * @param columns of a panel
 * @param step rows are filled up to a multiple of this: 4 or 8
 * @param notes what stands behind each panel
 */
public record Int8Panels(int columns, int step, Notes notes) {
    /** What a kernel notes behind each panel, from panel to panel. */
    public enum Notes {
        NONE,
        /** Which weights are stored smaller than they are: a count, and at most one for each two rows of four bytes. */
        EXCESSES,
        /** With what the sums of each column begin, an int32. */
        STARTS
    }

    private static final long ALIGNMENT = 64;

    /** Of an excess, and of their count. */
    private static final long EXCESS_BYTES = 8;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    public Int8Panels(int columns) {
        this(columns, 4, Notes.NONE);
    }

    /** {@code value} rounded up to a multiple of {@code step}. */
    public static long roundUp(long value, long step) {
        return (value + step - 1) / step * step;
    }

    public long bytes(int k, int n) {
        return sumsOffset(k, n) + 4L * n;
    }

    /** Where the column sums begin. */
    public long sumsOffset(int k, int n) {
        return roundUp(Math.ceilDiv(n, columns) * panelBytes(k), ALIGNMENT);
    }

    /** Where the panel of a column begins, which is the first of one. */
    public long offset(int k, int column) {
        return column / columns * panelBytes(k);
    }

    private long panelBytes(int k) {
        long rows = roundUp(k, step);
        long elements = columns * rows;
        return switch (notes) {
            case NONE -> elements;
            case EXCESSES -> elements + roundUp(EXCESS_BYTES * (1 + Math.ceilDiv(rows / 4, 2)), ALIGNMENT);
            case STARTS -> elements + 4L * columns;
        };
    }

    /** The column sums of a packed operand, int32 [n]. */
    public MemorySegment sums(Int8Right right) {
        return right.memory().asSlice(sumsOffset(right.k(), right.n()), 4L * right.n());
    }

    /** The zero point as the stored bytes have it. */
    public static int storedZeroPoint(boolean signed, int zeroPoint) {
        return signed ? zeroPoint : zeroPoint - 128;
    }

    /** Packs b: [k, n]. */
    Int8Right pack(boolean signed, int k, int n, MemorySegment b, MemorySegment memory) {
        memory.fill((byte) 0);
        long sums = sumsOffset(k, n);
        int flip = signed ? 0 : 0x80;
        for (int first = 0; first < n; first += columns) {
            int width = Math.min(columns, n - first);
            long panel = offset(k, first);
            for (int row = 0; row < k; row++) {
                long from = (long) row * n + first;
                long to = panel + (long) (row / 4) * columns * 4 + row % 4;
                for (int column = 0; column < width; column++) {
                    byte value = (byte) (b.get(ValueLayout.JAVA_BYTE, from + column) ^ flip);
                    memory.set(ValueLayout.JAVA_BYTE, to + 4L * column, value);
                    long sum = sums + 4L * (first + column);
                    memory.set(INT, sum, memory.get(INT, sum) + value);
                }
            }
        }
        return new Int8Right(memory, signed, k, n);
    }
}
