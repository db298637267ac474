package dev.nereid.models.operators.contrib;

import dev.nereid.memory.NativeMemory;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * The n-bit weights of one layer of all experts: {@code (number - zeroPoint) * scale}.
 *
 * @param packed the numbers, the first of a byte in its lowest bits: [experts, n, k * bits / 8]
 * @param scales [experts, n], or [experts, n, blocks] where rows are cut into blocks
 * @param zeroPoints packed likewise: [experts, n * bits / 8] or [experts, n, blocks * bits / 8]; half of the range if absent
 * @param blockSize weights that have a scale in common
 * @param byRow whether that is a whole row
 */
record ExpertWeights(
        Tensor packed,
        Tensor scales,
        Optional<Tensor> zeroPoints,
        int bits,
        int n,
        int k,
        int blockSize,
        boolean byRow) {
    /**
     * The weights that tensors hold.
     *
     * @param given weights of a block; 0 for a whole row
     * @throws IllegalArgumentException if a tensor has another shape than the weights say
     */
    static ExpertWeights of(Tensor packed, Tensor scales, Optional<Tensor> zeroPoints, int bits, int given) {
        int experts = Math.toIntExact(packed.shape().dim(0));
        int n = Math.toIntExact(packed.shape().dim(1));
        int perByte = Byte.SIZE / bits;
        int k = Math.toIntExact(packed.shape().dim(2) * perByte);
        int blockSize = given == 0 || given > k ? k : given;
        int blocks = Math.ceilDiv(k, blockSize);
        if (blockSize % perByte != 0) {
            throw new IllegalArgumentException("a mixture of experts: attribute 'block_size': expected a multiple of "
                    + perByte + ", which a byte holds, got " + blockSize);
        }
        Shape scaleShape = given == 0 ? Shape.of(experts, n) : Shape.of(experts, n, blocks);
        ExpertSizes.require("scales", scales.shape(), scaleShape);
        zeroPoints.ifPresent(points -> ExpertSizes.require(
                "zero points", points.shape(), scaleShape.withDim(-1, Math.ceilDiv(scaleShape.dim(-1), (long)
                        perByte))));
        return new ExpertWeights(packed, scales, zeroPoints, bits, n, k, blockSize, given == 0);
    }

    int experts() {
        return Math.toIntExact(packed.shape().dim(0));
    }

    /** Those of one expert. */
    NBitMatrix expert(int expert) {
        int blocks = Math.ceilDiv(k, blockSize);
        return new BlockQuantizedMatrix(
                blockwise(expert),
                part(scales, expert),
                zeroPoints.map(points -> byRow ? pointOfEachRow(points, expert) : part(points, expert)),
                new long[0],
                bits,
                blockSize,
                blocks);
    }

    /** The numbers of an expert with whole blocks: the last one of a row filled up. */
    private Tensor blockwise(int expert) {
        Tensor part = part(packed, expert);
        long rowBytes = (long) k * bits / Byte.SIZE;
        long blockedBytes = (long) Math.ceilDiv(k, blockSize) * blockSize * bits / Byte.SIZE;
        if (rowBytes == blockedBytes) {
            return part;
        }
        MemorySegment whole = NativeMemory.collected(n * blockedBytes);
        for (int row = 0; row < n; row++) {
            MemorySegment.copy(part.segment(), row * rowBytes, whole, row * blockedBytes, rowBytes);
        }
        return Tensor.of(DataType.UINT8, Shape.of(n, blockedBytes), whole);
    }

    private static Tensor part(Tensor tensor, int expert) {
        Shape shape = tensor.shape();
        long elements = shape.elements(1, shape.rank());
        long bytes = elements * tensor.dataType().bytes();
        return Tensor.of(tensor.dataType(), Shape.of(elements), tensor.segment().asSlice(expert * bytes, bytes));
    }

    /** A byte for each row, where those of several rows share one. */
    private Tensor pointOfEachRow(Tensor points, int expert) {
        long[] bytes = IntegerTensors.read(part(points, expert)).orElseThrow();
        int perByte = Byte.SIZE / bits;
        MemorySegment rows = NativeMemory.collected(n);
        for (int row = 0; row < n; row++) {
            long point = bytes[row / perByte] >>> (row % perByte * bits) & ((1 << bits) - 1);
            rows.set(ValueLayout.JAVA_BYTE, row, (byte) point);
        }
        return Tensor.of(DataType.UINT8, Shape.of(n), rows);
    }
}
