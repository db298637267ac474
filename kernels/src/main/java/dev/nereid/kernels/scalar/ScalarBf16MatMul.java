package dev.nereid.kernels.scalar;

import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.PackedMatrix;
import dev.nereid.kernels.matmul.PackedProducts;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The scalar loops of {@link MatMulKernels#inBf16}. Packed matrices are dense, of {@code FP32} that are bf16 too. */
final class ScalarBf16MatMul extends PackedProducts {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final ScalarMatMul plain;

    ScalarBf16MatMul(ScalarMatMul plain) {
        super(plain);
        this.plain = plain;
    }

    @Override
    public MatMulKernels inBf16() {
        return this;
    }

    @Override
    public MatMulKernels withInt8Weights(long bytes) {
        return new ScalarInt8WeightMatMul(this, bytes);
    }

    @Override
    public boolean multipliesFloats(int k, int n) {
        return false;
    }

    @Override
    public long packedBytes(int k, int n) {
        return plain.packedBytes(k, n);
    }

    @Override
    public PackedMatrix pack(Matrix b, MemorySegment memory) {
        PackedMatrix packed = plain.pack(b, memory);
        for (long i = 0; i < (long) b.rows() * b.columns(); i++) {
            memory.set(FLOAT, i * 4, HalfFloats.round(DataType.BF16, memory.get(FLOAT, i * 4)));
        }
        return packed;
    }

    @Override
    public long scratchBytes(int rows, PackedMatrix b) {
        return 0;
    }

    @Override
    public void multiply(
            Matrix a, PackedMatrix b, Matrix c, Epilogue epilogue, MemorySegment scratch, Workers workers) {
        ScalarMatMul.product(a, Matrix.of(b.segment(), b.rows(), b.columns()), c, epilogue, ScalarBf16MatMul::dot);
    }

    /** Pair by pair, the second element first; a zero completes the last pair. */
    private static float dot(Matrix a, int row, Matrix b, int column) {
        float sum = 0;
        for (int k = 0; k < a.columns(); k += 2) {
            sum = k + 1 < a.columns() ? add(sum, a, row, b, column, k + 1) : Math.fma(0f, 0f, sum);
            sum = add(sum, a, row, b, column, k);
        }
        return sum;
    }

    private static float add(float sum, Matrix a, int row, Matrix b, int column, int k) {
        return Math.fma(
                HalfFloats.round(DataType.BF16, ScalarMatMul.at(a, row, k)), ScalarMatMul.at(b, k, column), sum);
    }
}
