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
    /** Works out the rows of a matrix one by one. */
    @FunctionalInterface
    public interface Rows {
        void read(int row, float[] values);
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
        Rows values = (row, target) -> {
            for (int column = 0; column < columns; column++) {
                target[column] = (float) RealNumbers.at(tensor, (long) row * columns + column);
            }
        };
        return Optional.of(pack(lowering, rows, columns, values, transposed));
    }

    /** Packs the transposed of a matrix whose rows are worked out one by one. */
    public static PackedMatrix packTransposed(Lowering lowering, int rows, int columns, Rows values) {
        return pack(lowering, rows, columns, values, true);
    }

    private static PackedMatrix pack(Lowering lowering, int rows, int columns, Rows values, boolean transposed) {
        try (NativeMemory memory = NativeMemory.allocate(4L * rows * columns)) {
            MemorySegment dense = memory.segment();
            float[] row = new float[columns];
            for (int i = 0; i < rows; i++) {
                values.read(i, row);
                MemorySegment.copy(row, 0, dense, ValueLayout.JAVA_FLOAT, 4L * i * columns, columns);
            }
            Matrix matrix = Matrix.of(dense, rows, columns);
            return pack(lowering, transposed ? matrix.transposed() : matrix);
        }
    }

    private static PackedMatrix pack(Lowering lowering, Matrix matrix) {
        long bytes = lowering.kernels().matMul().packedBytes(matrix.rows(), matrix.columns());
        return lowering.kernels().matMul().pack(matrix, lowering.constantMemory(bytes));
    }
}
