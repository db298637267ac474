package dev.nereid.kernels.scalar;

import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.Contraction;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.PackedMatrix;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/** The plain-loop kernels of the matmul family. */
public final class ScalarMatMul implements MatMulKernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    @Override
    public MatMulKernels inBf16() {
        return new ScalarBf16MatMul(this);
    }

    @Override
    public MatMulKernels withInt8Weights(long bytes) {
        return new ScalarInt8WeightMatMul(this, bytes);
    }

    @Override
    public long packedBytes(int k, int n) {
        return (long) k * n * Float.BYTES;
    }

    @Override
    public PackedMatrix pack(Matrix b, MemorySegment memory) {
        for (int k = 0; k < b.rows(); k++) {
            for (int j = 0; j < b.columns(); j++) {
                memory.set(FLOAT, ((long) k * b.columns() + j) * 4, b.segment().get(FLOAT, b.index(k, j) * 4));
            }
        }
        return new PackedMatrix(memory, b.rows(), b.columns(), Math.max(1, b.columns()));
    }

    @Override
    public void multiply(
            Matrix a, PackedMatrix b, Matrix c, Epilogue epilogue, MemorySegment scratch, Workers workers) {
        product(a, Matrix.of(b.segment(), b.rows(), b.columns()), c, epilogue);
    }

    @Override
    public long scratchBytes(int rows, PackedMatrix b) {
        return 0;
    }

    @Override
    public long scratchBytes(Matrix a, Matrix b) {
        return 0;
    }

    @Override
    public void multiply(Matrix a, Matrix b, Matrix c, Epilogue epilogue, MemorySegment scratch, Workers workers) {
        product(a, b, c, epilogue);
    }

    private static void product(Matrix a, Matrix b, Matrix c, Epilogue epilogue) {
        product(a, b, c, epilogue, ScalarMatMul::dot);
    }

    /** The sum over k of {@code a[row, k] * b[k, column]}. */
    @FunctionalInterface
    interface Dot {
        float of(Matrix a, int row, Matrix b, int column);
    }

    private static float dot(Matrix a, int row, Matrix b, int column) {
        float sum = chain(a, row, b, column, 0);
        for (int from = CHAIN; from < a.columns(); from += CHAIN) {
            sum += chain(a, row, b, column, from);
        }
        return sum;
    }

    private static float chain(Matrix a, int row, Matrix b, int column, int from) {
        float sum = 0;
        for (int k = from; k < Math.min(a.columns(), from + CHAIN); k++) {
            sum = Math.fma(at(a, row, k), at(b, k, column), sum);
        }
        return sum;
    }

    static void product(Matrix a, Matrix b, Matrix c, Epilogue epilogue, Dot dot) {
        Activation activation = epilogue.activation();
        Optional<Matrix> addend = epilogue.addend();
        for (int i = 0; i < c.rows(); i++) {
            for (int j = 0; j < c.columns(); j++) {
                float sum = dot.of(a, i, b, j);
                if (addend.isPresent()) {
                    sum += at(addend.get(), i, j);
                }
                float result = ScalarActivation.apply(activation, sum);
                if (epilogue.residual().isPresent()) {
                    result += at(epilogue.residual().get(), i, j);
                }
                c.segment().set(FLOAT, c.index(i, j) * 4, result);
            }
        }
    }

    static float at(Matrix matrix, int row, int column) {
        return matrix.segment().get(FLOAT, matrix.index(row, column) * 4);
    }

    @Override
    public void multiply(DataType type, Matrix a, Matrix b, Matrix c) {
        switch (type) {
            case FP64 -> doubles(a, b, c);
            case FP16, BF16 -> halves(type, a, b, c);
            case INT32, UINT32 -> ints(a, b, c);
            case INT64, UINT64 -> longs(a, b, c);
            default -> throw new IllegalArgumentException("no product of matrices of " + type);
        }
    }

    @Override
    public void scaleAndAdd(DataType type, float alpha, Matrix c, float beta, Optional<Matrix> addend) {
        for (int i = 0; i < c.rows(); i++) {
            for (int j = 0; j < c.columns(); j++) {
                scale(type, alpha, c.segment(), c.index(i, j));
                if (addend.isPresent()) {
                    Matrix other = addend.get();
                    add(type, beta, other.segment(), other.index(i, j), c.segment(), c.index(i, j));
                }
            }
        }
    }

    private static void scale(DataType type, float factor, MemorySegment y, long at) {
        switch (type) {
            case FP32 -> y.set(FLOAT, at * 4, factor * y.get(FLOAT, at * 4));
            case FP64 -> y.set(DOUBLE, at * 8, factor * y.get(DOUBLE, at * 8));
            case FP16, BF16 -> HalfFloats.set(type, y, at, factor * HalfFloats.get(type, y, at));
            case INT32, UINT32 -> y.set(INT, at * 4, ((int) factor) * y.get(INT, at * 4));
            case INT64, UINT64 -> y.set(LONG, at * 8, ((long) factor) * y.get(LONG, at * 8));
            default -> throw new IllegalArgumentException("no product of matrices of " + type);
        }
    }

    private static void add(DataType type, float factor, MemorySegment x, long from, MemorySegment y, long at) {
        switch (type) {
            case FP32 -> y.set(FLOAT, at * 4, y.get(FLOAT, at * 4) + factor * x.get(FLOAT, from * 4));
            case FP64 -> y.set(DOUBLE, at * 8, y.get(DOUBLE, at * 8) + factor * x.get(DOUBLE, from * 8));
            case FP16, BF16 ->
                HalfFloats.set(type, y, at, HalfFloats.get(type, y, at) + factor * HalfFloats.get(type, x, from));
            case INT32, UINT32 -> y.set(INT, at * 4, y.get(INT, at * 4) + ((int) factor) * x.get(INT, from * 4));
            case INT64, UINT64 -> y.set(LONG, at * 8, y.get(LONG, at * 8) + ((long) factor) * x.get(LONG, from * 8));
            default -> throw new IllegalArgumentException("no product of matrices of " + type);
        }
    }

    @Override
    public void contract(DataType type, Contraction contraction, List<MemorySegment> inputs, MemorySegment y) {
        ScalarContraction.contract(type, contraction, inputs, y);
    }

    private static void doubles(Matrix a, Matrix b, Matrix c) {
        for (int i = 0; i < c.rows(); i++) {
            for (int j = 0; j < c.columns(); j++) {
                double sum = 0;
                for (int k = 0; k < a.columns(); k++) {
                    double x = a.segment().get(DOUBLE, a.index(i, k) * 8);
                    sum = Math.fma(x, b.segment().get(DOUBLE, b.index(k, j) * 8), sum);
                }
                c.segment().set(DOUBLE, c.index(i, j) * 8, sum);
            }
        }
    }

    private static void halves(DataType type, Matrix a, Matrix b, Matrix c) {
        for (int i = 0; i < c.rows(); i++) {
            for (int j = 0; j < c.columns(); j++) {
                float sum = 0;
                for (int k = 0; k < a.columns(); k++) {
                    sum += HalfFloats.get(type, a.segment(), a.index(i, k))
                            * HalfFloats.get(type, b.segment(), b.index(k, j));
                }
                HalfFloats.set(type, c.segment(), c.index(i, j), sum);
            }
        }
    }

    private static void ints(Matrix a, Matrix b, Matrix c) {
        for (int i = 0; i < c.rows(); i++) {
            for (int j = 0; j < c.columns(); j++) {
                int sum = 0;
                for (int k = 0; k < a.columns(); k++) {
                    sum += a.segment().get(INT, a.index(i, k) * 4) * b.segment().get(INT, b.index(k, j) * 4);
                }
                c.segment().set(INT, c.index(i, j) * 4, sum);
            }
        }
    }

    private static void longs(Matrix a, Matrix b, Matrix c) {
        for (int i = 0; i < c.rows(); i++) {
            for (int j = 0; j < c.columns(); j++) {
                long sum = 0;
                for (int k = 0; k < a.columns(); k++) {
                    sum += a.segment().get(LONG, a.index(i, k) * 8)
                            * b.segment().get(LONG, b.index(k, j) * 8);
                }
                c.segment().set(LONG, c.index(i, j) * 8, sum);
            }
        }
    }
}
