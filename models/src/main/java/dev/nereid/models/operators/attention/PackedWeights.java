package dev.nereid.models.operators.attention;

import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.PackedMatrix;
import dev.nereid.memory.NativeMemory;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** Constant right sides of products in {@code FP32}, packed while the plan is built. */
public final class PackedWeights {
    /** The element of a matrix. */
    @FunctionalInterface
    public interface Element {
        double at(int row, int column);
    }

    private PackedWeights() {}

    /** Packs an input that is a constant matrix of {@code FP16}, {@code BF16} or {@code FP32}; empty for any other. */
    public static Optional<PackedMatrix> pack(Lowering lowering, int input, boolean transposed) {
        Optional<Tensor> constant = lowering.constant(input)
                .filter(tensor -> tensor.shape().rank() == 2
                        && tensor.dataType().isFloat()
                        && tensor.dataType() != DataType.FP64
                        && tensor.dataType().bytes() >= 2);
        if (constant.isEmpty()) {
            return Optional.empty();
        }
        Tensor tensor = constant.get();
        int rows = Math.toIntExact(tensor.shape().dim(0));
        int columns = Math.toIntExact(tensor.shape().dim(1));
        if (tensor.dataType() == DataType.FP32) {
            Matrix matrix = Matrix.of(tensor.segment(), rows, columns);
            return Optional.of(pack(lowering, transposed ? matrix.transposed() : matrix));
        }
        Element element = (row, column) -> RealNumbers.at(tensor, (long) row * columns + column);
        return Optional.of(
                transposed
                        ? pack(lowering, columns, rows, (row, column) -> element.at(column, row))
                        : pack(lowering, rows, columns, element));
    }

    /** Packs a matrix whose elements are worked out one by one. */
    public static PackedMatrix pack(Lowering lowering, int rows, int columns, Element element) {
        try (NativeMemory memory = NativeMemory.allocate(4L * rows * columns)) {
            MemorySegment dense = memory.segment();
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < columns; column++) {
                    dense.set(ValueLayout.JAVA_FLOAT, 4 * ((long) row * columns + column), (float)
                            element.at(row, column));
                }
            }
            return pack(lowering, Matrix.of(dense, rows, columns));
        }
    }

    private static PackedMatrix pack(Lowering lowering, Matrix matrix) {
        long bytes = lowering.kernels().matMul().packedBytes(matrix.rows(), matrix.columns());
        return lowering.kernels().matMul().pack(matrix, lowering.constantMemory(bytes));
    }
}
