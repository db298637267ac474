package dev.nereid.models.optimize;

import dev.nereid.models.graph.Node;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Constant weights [k, n] of four bits, whose columns are cut into blocks along k with a scale and perhaps a zero point each.
 *
 * @param numbers of {@code INT4} or {@code UINT4}, a byte each: [k, n], or [n, k] if transposed
 * @param scales of {@code FP32}: the same with blocks in place of k
 * @param zeroPoints as the scales, of the type of the numbers
 */
record BlockWeights(Tensor numbers, Tensor scales, Optional<Tensor> zeroPoints, int block, boolean transposed) {
    private static final Set<DataType> TYPES = EnumSet.of(DataType.INT4, DataType.UINT4, DataType.INT8, DataType.UINT8);

    /** Blocks of fewer or of other numbers are left alone. */
    private static final int LEAST_BLOCK = 16;

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    int k() {
        return Math.toIntExact(numbers.shape().dim(transposed ? 1 : 0));
    }

    int n() {
        return Math.toIntExact(numbers.shape().dim(transposed ? 0 : 1));
    }

    int blocks() {
        return Math.ceilDiv(k(), block);
    }

    /** Bits of a number: 4 or 8. */
    int bits() {
        return numbers.dataType() == DataType.INT4 || numbers.dataType() == DataType.UINT4 ? 4 : Byte.SIZE;
    }

    /** Half of the range: what is added to signed numbers. */
    private int middle() {
        return 1 << (bits() - 1);
    }

    private boolean isSigned() {
        return numbers.dataType() == DataType.INT4 || numbers.dataType() == DataType.INT8;
    }

    private int unsigned(Tensor tensor, long at) {
        byte number = tensor.segment().get(ValueLayout.JAVA_BYTE, at);
        return isSigned() ? number + middle() : Byte.toUnsignedInt(number);
    }

    int number(int row, int column) {
        return unsigned(numbers, transposed ? (long) column * k() + row : (long) row * n() + column);
    }

    private long place(int atBlock, int column) {
        return transposed ? (long) column * blocks() + atBlock : (long) atBlock * n() + column;
    }

    float scale(int atBlock, int column) {
        return scales.segment().get(FLOAT, Float.BYTES * place(atBlock, column));
    }

    int zeroPoint(int atBlock, int column) {
        return zeroPoints
                .map(points -> unsigned(points, place(atBlock, column)))
                .orElse(isSigned() ? middle() : 0);
    }

    /** Whether all zero points are the one that MatMulNBits takes where none are given. */
    boolean isCentred() {
        for (int column = 0; column < n(); column++) {
            for (int atBlock = 0; atBlock < blocks(); atBlock++) {
                if (zeroPoint(atBlock, column) != middle()) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Those that a DequantizeLinear makes floats of, if they are such weights. */
    static Optional<BlockWeights> of(Node dequantize, boolean transposed, GraphIndex index) {
        Optional<Tensor> numbers = dequantize.input(0).flatMap(index::constant).filter(BlockWeights::isMatrix);
        Optional<Tensor> scales =
                dequantize.input(1).flatMap(index::constant).filter(tensor -> tensor.dataType() == DataType.FP32);
        Optional<Tensor> zeroPoints = dequantize.input(2).flatMap(index::constant);
        long block = dequantize.attributes().integer("block_size", 0);
        if (numbers.isEmpty()
                || scales.isEmpty()
                || (zeroPoints.isEmpty() && dequantize.input(2).isPresent())
                || block < LEAST_BLOCK
                || block % LEAST_BLOCK != 0) {
            return Optional.empty();
        }
        BlockWeights weights =
                new BlockWeights(numbers.get(), scales.get(), zeroPoints, Math.toIntExact(block), transposed);
        int axis = transposed ? 1 : 0;
        long along = Math.floorMod(dequantize.attributes().integer("axis", 1), 2);
        Shape shape = transposed ? Shape.of(weights.n(), weights.blocks()) : Shape.of(weights.blocks(), weights.n());
        boolean fits = along == axis
                && weights.k() > 0
                && weights.n() > 0
                && scales.get().shape().equals(shape)
                && zeroPoints.map(points -> points.shape().equals(shape)).orElse(true);
        return fits ? Optional.of(weights) : Optional.empty();
    }

    private static boolean isMatrix(Tensor tensor) {
        return tensor.shape().rank() == 2 && TYPES.contains(tensor.dataType());
    }
}
