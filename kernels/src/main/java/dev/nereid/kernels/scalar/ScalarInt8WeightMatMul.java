package dev.nereid.kernels.scalar;

import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.Int8WeightProducts;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.PackedMatrix;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The scalar loops of {@link MatMulKernels#withInt8Weights}. Packed matrices are dense: whole numbers as {@code FP32}, and
 * then a row of scales.
 */
final class ScalarInt8WeightMatMul extends Int8WeightProducts {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    ScalarInt8WeightMatMul(MatMulKernels others, long bytes) {
        super(others, bytes);
    }

    @Override
    protected MatMulKernels over(MatMulKernels kernels, long most) {
        return new ScalarInt8WeightMatMul(kernels, most);
    }

    @Override
    protected long largeBytes(int k, int n) {
        return 4L * n * (k + 1L);
    }

    @Override
    protected PackedMatrix packLarge(Matrix b, MemorySegment memory) {
        for (int j = 0; j < b.columns(); j++) {
            float largest = 0;
            for (int k = 0; k < b.rows(); k++) {
                largest = Math.max(largest, Math.abs(ScalarMatMul.at(b, k, j)));
            }
            float scale = largest / 127 < Float.MIN_NORMAL ? 0 : largest / 127;
            for (int k = 0; k < b.rows(); k++) {
                float whole = scale == 0 ? 0 : (float) Math.rint(ScalarMatMul.at(b, k, j) / scale);
                memory.set(FLOAT, 4L * ((long) k * b.columns() + j), whole);
            }
            memory.set(FLOAT, 4L * ((long) b.rows() * b.columns() + j), scale);
        }
        return new PackedMatrix(memory, DataType.INT8, b.rows(), b.columns(), Math.max(1, b.columns()));
    }

    @Override
    protected void multiplyLarge(Matrix a, PackedMatrix b, Matrix c, Epilogue epilogue, Workers workers) {
        Matrix wholes = Matrix.of(b.segment(), b.rows(), b.columns());
        ScalarMatMul.product(a, wholes, c, epilogue, (left, row, right, column) -> {
            float sum = 0;
            for (int k = 0; k < left.columns(); k++) {
                sum = Math.fma(ScalarMatMul.at(left, row, k), ScalarMatMul.at(right, k, column), sum);
            }
            return sum * b.segment().get(FLOAT, 4L * ((long) b.rows() * b.columns() + column));
        });
    }
}
