package dev.nereid.models.operators.linear;

import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.PackedMatrix;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Constant right sides of matrix products, packed when the plan is built. */
final class PackedConstantMatrix {
    private PackedConstantMatrix() {}

    /** Packs input {@code input} if it is a constant matrix of {@code FP32}; empty if it is anything else. */
    static Optional<PackedMatrix> pack(Lowering lowering, int input, boolean transposed) {
        return lowering.constant(input)
                .filter(tensor ->
                        tensor.dataType() == DataType.FP32 && tensor.shape().rank() == 2)
                .map(tensor -> pack(lowering, matrix(tensor, transposed)));
    }

    private static PackedMatrix pack(Lowering lowering, Matrix matrix) {
        long bytes = lowering.kernels().matMul().packedBytes(matrix.rows(), matrix.columns());
        return lowering.kernels().matMul().pack(matrix, lowering.constantMemory(bytes));
    }

    /** Transposes input {@code input} if it is a constant matrix of {@code FP64}, whose kernel goes along rows. */
    static Optional<Matrix> transposed(Lowering lowering, int input) {
        return lowering.constant(input)
                .filter(tensor ->
                        tensor.dataType() == DataType.FP64 && tensor.shape().rank() == 2)
                .map(tensor -> {
                    Matrix matrix = matrix(tensor, true);
                    long[] dims = {matrix.columns(), matrix.rows()};
                    MemorySegment memory =
                            lowering.constantMemory((long) Double.BYTES * matrix.rows() * matrix.columns());
                    lowering.kernels()
                            .layout()
                            .transpose(
                                    Double.BYTES, dims, new int[] {1, 0}, tensor.segment(), memory, Workers.single());
                    return Matrix.of(memory, matrix.rows(), matrix.columns());
                });
    }

    /** A tensor of rank 2 as a matrix. */
    static Matrix matrix(Tensor tensor, boolean transposed) {
        Shape shape = tensor.shape();
        Matrix matrix = Matrix.of(tensor.segment(), Math.toIntExact(shape.dim(0)), Math.toIntExact(shape.dim(1)));
        return transposed ? matrix.transposed() : matrix;
    }

    /** A tensor as one tall matrix: all axes but the last are rows. */
    static Matrix flat(Tensor tensor) {
        Shape shape = tensor.shape();
        int columns = Math.toIntExact(shape.dim(-1));
        int rows = Math.toIntExact(shape.elements(0, shape.rank() - 1));
        return Matrix.of(tensor.segment(), rows, columns);
    }
}
