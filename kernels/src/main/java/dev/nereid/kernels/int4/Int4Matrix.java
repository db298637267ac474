package dev.nereid.kernels.int4;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * The right side of a product [k, n], of four bits a number, in the layout that all kernels share: panels of {@link
 * #PANEL} columns, zeros beyond the last one. First come the numbers, [panels][blocks * block / 8][{@link #PANEL}] words of
 * eight numbers that follow each other in k, from the lowest bits on; then the scales, floats [panels][blocks][{@link
 * #PANEL}]; then likewise the zero points as integers, where one of them is not 8. The memory belongs to the caller of
 * {@link #pack}.
 *
 * @param block numbers of a block: a multiple of {@link #STEP}
 */
public record Int4Matrix(MemorySegment segment, int k, int n, int block, boolean hasZeroPoints) {
    /** Columns of a panel. */
    public static final int PANEL = 16;

    /** What the numbers of a block are a multiple of. */
    public static final int STEP = 16;

    /** Numbers of a word. */
    static final int WORD = 8;

    /** The zero point that is not written down. */
    static final int MIDDLE = 8;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    public Int4Matrix {
        Objects.requireNonNull(segment, "segment");
        if (k < 1 || n < 1 || block < STEP || block % STEP != 0) {
            throw new IllegalArgumentException(
                    "a matrix of four bits of " + k + " x " + n + " in blocks of " + block + " numbers");
        }
        long bytes = bytes(k, n, block, hasZeroPoints);
        if (segment.byteSize() < bytes) {
            throw new IllegalArgumentException("a matrix of four bits of " + k + " x " + n + " in " + segment.byteSize()
                    + " bytes, expected " + bytes);
        }
    }

    /** Bytes of memory that {@link #pack} needs. */
    public static long bytes(int k, int n, int block, boolean hasZeroPoints) {
        long blocks = (long) Math.ceilDiv(k, block) * Math.ceilDiv(n, PANEL);
        return blocks * PANEL * (block / 2 + Float.BYTES + (hasZeroPoints ? Integer.BYTES : 0));
    }

    /**
     * Lays out a matrix.
     *
     * @param memory of {@link #bytes}, zeroed, aligned to 64 bytes; good as long as the result is used
     */
    public static Int4Matrix pack(int k, int n, int block, Int4Source source, MemorySegment memory) {
        Int4Matrix matrix = new Int4Matrix(memory, k, n, block, source.hasZeroPoints());
        int words = matrix.blocks() * (block / WORD);
        for (int column = 0; column < n; column++) {
            long from = (long) column * words * Integer.BYTES;
            long to = matrix.wordsOffset(column / PANEL) + column % PANEL * (long) Integer.BYTES;
            for (int word = 0; word < words; word++) {
                int numbers = source.numbers().get(INT, from + word * (long) Integer.BYTES);
                memory.set(INT, to + word * (long) PANEL * Integer.BYTES, numbers);
            }
            for (int q = 0; q < matrix.blocks(); q++) {
                long at = q * (long) PANEL * Integer.BYTES + column % PANEL * (long) Integer.BYTES;
                memory.set(FLOAT, matrix.scalesOffset(column / PANEL) + at, source.scale(column, q));
                if (matrix.hasZeroPoints) {
                    memory.set(INT, matrix.zerosOffset(column / PANEL) + at, source.zeroPoint(column, q));
                }
            }
        }
        return matrix;
    }

    /** Blocks of a column. */
    public int blocks() {
        return Math.ceilDiv(k, block);
    }

    public int panels() {
        return Math.ceilDiv(n, PANEL);
    }

    /** Numbers of a column, with those that fill up the last block. */
    public long depth() {
        return (long) blocks() * block;
    }

    /** Byte at which the numbers of a panel begin. */
    public long wordsOffset(int panel) {
        return panel * depth() * PANEL / 2;
    }

    /** Byte at which the scales of a panel begin. */
    public long scalesOffset(int panel) {
        return wordsOffset(panels()) + blockOffset(panel);
    }

    /** Byte at which the zero points of a panel begin, where there are some. */
    public long zerosOffset(int panel) {
        return scalesOffset(panels()) + blockOffset(panel);
    }

    private long blockOffset(int panel) {
        return (long) panel * blocks() * PANEL * Float.BYTES;
    }

    /** A number less its zero point. */
    public int number(int row, int column) {
        long word = wordsOffset(column / PANEL) + ((long) (row / WORD) * PANEL + column % PANEL) * Integer.BYTES;
        int zero = hasZeroPoints ? segment.get(INT, zerosOffset(column / PANEL) + place(row, column)) : MIDDLE;
        return (segment.get(INT, word) >>> (4 * (row % WORD)) & 15) - zero;
    }

    /** The scale of the block that an element lies in. */
    public float scale(int row, int column) {
        return segment.get(FLOAT, scalesOffset(column / PANEL) + place(row, column));
    }

    private long place(int row, int column) {
        return ((long) (row / block) * PANEL + column % PANEL) * Float.BYTES;
    }
}
