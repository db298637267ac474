package dev.nereid.models.operators.linear;

import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.PackedMatrix;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Optional;

/** Constant right sides of products, packed while the plan is built. */
final class Weights {
    private Weights() {}

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
