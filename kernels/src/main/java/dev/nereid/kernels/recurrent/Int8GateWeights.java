package dev.nereid.kernels.recurrent;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongFunction;

/**
 * Weights of all gates in bytes, columns in the order of {@code blocks}, those of units that are not there zero: a weight is
 * worth {@code (byte - zeroPoint) * scale}. The memory belongs to the caller of {@link #pack}.
 *
 * @param k rows of the weights
 * @param bytes int8 [blocks][ceil(k / 4)][block columns][4], zeros beyond k; unsigned weights have 128 subtracted
 * @param offsets int32 [columns]: the sum of a column's bytes less k times its zero point
 * @param zeroPoints int32 [columns], as the bytes have them; empty where all are 0
 * @param scales float [columns]
 */
public record Int8GateWeights(
        GateBlocks blocks,
        int k,
        MemorySegment bytes,
        MemorySegment offsets,
        Optional<MemorySegment> zeroPoints,
        MemorySegment scales) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final int GROUP = 4;
    private static final int UNSIGNED_ZERO = 128;

    public Int8GateWeights {
        Objects.requireNonNull(bytes, "bytes");
        Objects.requireNonNull(offsets, "offsets");
        Objects.requireNonNull(zeroPoints, "zeroPoints");
        Objects.requireNonNull(scales, "scales");
    }

    /**
     * Weights as a model has them, columns gate after gate.
     *
     * @param signed whether they are int8; else uint8
     * @param weights [k, gates * hidden]
     * @param zeroPoints [gates * hidden], of the weights' type
     * @param scales float [gates * hidden]
     */
    public record Source(boolean signed, int k, MemorySegment weights, MemorySegment zeroPoints, MemorySegment scales) {
        /** A byte less what unsigned ones are stored without. */
        private int stored(MemorySegment segment, long index) {
            byte value = segment.get(ValueLayout.JAVA_BYTE, index);
            return signed ? value : Byte.toUnsignedInt(value) - UNSIGNED_ZERO;
        }
    }

    /**
     * Lays out weights.
     *
     * @param memory makes memory that lives as long as the result, with any content, aligned to 64 bytes
     */
    public static Int8GateWeights pack(GateBlocks blocks, Source source, LongFunction<MemorySegment> memory) {
        int k = source.k();
        long words = (long) Integer.BYTES * blocks.columns();
        MemorySegment bytes = zeros(memory, rowBytes(k) * blocks.columns());
        MemorySegment offsets = zeros(memory, words);
        MemorySegment zeroPoints = zeros(memory, words);
        MemorySegment scales = zeros(memory, words);
        boolean symmetric = true;
        int width = blocks.gates() * blocks.hidden();
        for (int gate = 0; gate < blocks.gates(); gate++) {
            for (int unit = 0; unit < blocks.hidden(); unit++) {
                int from = gate * blocks.hidden() + unit;
                int column = blocks.column(gate, unit);
                int sum = 0;
                for (int row = 0; row < k; row++) {
                    int value = source.stored(source.weights(), (long) row * width + from);
                    bytes.set(ValueLayout.JAVA_BYTE, index(blocks, k, row, column), (byte) value);
                    sum += value;
                }
                int zeroPoint = source.stored(source.zeroPoints(), from);
                symmetric &= zeroPoint == 0;
                zeroPoints.setAtIndex(INT, column, zeroPoint);
                offsets.setAtIndex(INT, column, sum - k * zeroPoint);
                scales.setAtIndex(FLOAT, column, source.scales().getAtIndex(FLOAT, from));
            }
        }
        return new Int8GateWeights(
                blocks, k, bytes, offsets, symmetric ? Optional.empty() : Optional.of(zeroPoints), scales);
    }

    private static MemorySegment zeros(LongFunction<MemorySegment> memory, long bytes) {
        return memory.apply(bytes).fill((byte) 0);
    }

    /** Bytes of a row of what is multiplied with the weights. */
    public static long rowBytes(int k) {
        return (k + GROUP - 1L) / GROUP * GROUP;
    }

    /** The byte of a weight. */
    public int at(int row, int column) {
        return bytes.get(ValueLayout.JAVA_BYTE, index(blocks, k, row, column));
    }

    private static long index(GateBlocks blocks, int k, int row, int column) {
        int width = blocks.blockColumns();
        long panel = column / width * rowBytes(k) * width;
        return panel + (row / GROUP * (long) width + column % width) * GROUP + row % GROUP;
    }
}
