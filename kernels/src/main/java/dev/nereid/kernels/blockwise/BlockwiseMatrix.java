package dev.nereid.kernels.blockwise;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * The right side of a product [k, n], of four or eight bits a number, in the layout that all kernels share: panels of {@link
 * #PANEL} columns, zeros beyond the last one. First come the numbers, [panels][blocks * block / {@link #wordNumbers}][{@link
 * #PANEL}] words of numbers that follow each other in k, from the lowest bits on; then the scales, floats [panels][blocks][{@link
 * #PANEL}]; then likewise the zero points as integers, where one of them is not half of the range. The memory belongs to the caller of
 * {@link #pack}.
 *
 * @param bits of a number: 4 or 8
 * @param block numbers of a block: a multiple of {@link #STEP}, {@link #LARGEST_BLOCK} at most
 */
public record BlockwiseMatrix(MemorySegment segment, int bits, int k, int n, int block, boolean hasZeroPoints) {
    /** Columns of a panel. */
    public static final int PANEL = 16;

    /** What the numbers of a block are a multiple of. */
    public static final int STEP = 16;

    /** So many products of a byte with a number less its zero point fit into an integer. */
    public static final int LARGEST_BLOCK = 1 << 15;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    public BlockwiseMatrix {
        Objects.requireNonNull(segment, "segment");
        if (k < 1 || n < 1 || !isKnown(bits, block)) {
            throw new IllegalArgumentException(
                    "a matrix of " + k + " x " + n + " in blocks of " + block + " numbers of " + bits + " bits");
        }
        long bytes = bytes(bits, k, n, block, hasZeroPoints);
        if (segment.byteSize() < bytes) {
            throw new IllegalArgumentException("a matrix of " + bits + " bits of " + k + " x " + n + " in "
                    + segment.byteSize() + " bytes, expected " + bytes);
        }
    }

    /** Whether there are kernels for blocks of so many numbers of so many bits. */
    public static boolean isKnown(int bits, int block) {
        return (bits == 4 || bits == 8) && block >= STEP && block <= LARGEST_BLOCK && block % STEP == 0;
    }

    /** Bytes of memory that {@link #pack} needs. */
    public static long bytes(int k, int n, BlockwiseSource source) {
        return bytes(source.bits(), k, n, source.block(), source.hasZeroPoints());
    }

    private static long bytes(int bits, int k, int n, int block, boolean hasZeroPoints) {
        long blocks = (long) Math.ceilDiv(k, block) * Math.ceilDiv(n, PANEL);
        return blocks * PANEL * ((long) block * bits / 8 + Float.BYTES + (hasZeroPoints ? Integer.BYTES : 0));
    }

    /**
     * Lays out a matrix.
     *
     * @param memory of {@link #bytes}, zeroed, aligned to 64 bytes; good as long as the result is used
     */
    public static BlockwiseMatrix pack(int k, int n, BlockwiseSource source, MemorySegment memory) {
        BlockwiseMatrix matrix =
                new BlockwiseMatrix(memory, source.bits(), k, n, source.block(), source.hasZeroPoints());
        int words = matrix.blocks() * (matrix.block / matrix.wordNumbers());
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

    /** Numbers of a word. */
    int wordNumbers() {
        return Integer.SIZE / bits;
    }

    /** The zero point that is not written down. */
    int middle() {
        return 1 << (bits - 1);
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
        return panel * depth() * PANEL * bits / 8;
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
        long word =
                wordsOffset(column / PANEL) + ((long) (row / wordNumbers()) * PANEL + column % PANEL) * Integer.BYTES;
        int zero = hasZeroPoints ? segment.get(INT, zerosOffset(column / PANEL) + place(row, column)) : middle();
        return (segment.get(INT, word) >>> (bits * (row % wordNumbers())) & ((1 << bits) - 1)) - zero;
    }

    /** The scale of the block that an element lies in. */
    public float scale(int row, int column) {
        return segment.get(FLOAT, scalesOffset(column / PANEL) + place(row, column));
    }

    private long place(int row, int column) {
        return ((long) (row / block) * PANEL + column % PANEL) * Float.BYTES;
    }
}
