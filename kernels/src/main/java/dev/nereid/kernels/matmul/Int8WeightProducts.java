package dev.nereid.kernels.matmul;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;

/** Kernels whose large packed matrices are held in int8, a scale a column; everything else is left to other kernels. */
public abstract class Int8WeightProducts extends PackedProducts {
    private final MatMulKernels others;
    private final long bytes;

    /** @param bytes that the floats of a matrix take at most if it is left to {@code others} */
    protected Int8WeightProducts(MatMulKernels others, long bytes) {
        super(others);
        this.others = others;
        this.bytes = bytes;
    }

    /** The same kind of kernels over others, for matrices of more than so many bytes. */
    protected abstract MatMulKernels over(MatMulKernels kernels, long most);

    /** Bytes of memory that {@link #packLarge} needs for a matrix of k rows and n columns. */
    protected abstract long largeBytes(int k, int n);

    /** Quantises a matrix. */
    protected abstract PackedMatrix packLarge(Matrix b, MemorySegment memory);

    /** Multiplies by a matrix that was quantised here. */
    protected abstract void multiplyLarge(Matrix a, PackedMatrix b, Matrix c, Epilogue epilogue, Workers workers);

    private boolean isLarge(int k, int n) {
        return (long) Float.BYTES * k * n > bytes;
    }

    @Override
    public final MatMulKernels inBf16() {
        return over(others.inBf16(), bytes);
    }

    @Override
    public final MatMulKernels withInt8Weights(long most) {
        return over(others, most);
    }

    @Override
    public final boolean multipliesFloats(int k, int n) {
        return !isLarge(k, n) && others.multipliesFloats(k, n);
    }

    @Override
    public final long packedBytes(int k, int n) {
        return isLarge(k, n) ? largeBytes(k, n) : others.packedBytes(k, n);
    }

    @Override
    public final PackedMatrix pack(Matrix b, MemorySegment memory) {
        return isLarge(b.rows(), b.columns()) ? packLarge(b, memory) : others.pack(b, memory);
    }

    @Override
    public final long scratchBytes(int rows, PackedMatrix b) {
        return b.elements() == DataType.INT8 ? 0 : others.scratchBytes(rows, b);
    }

    @Override
    public final void multiply(
            Matrix a, PackedMatrix b, Matrix c, Epilogue epilogue, MemorySegment scratch, Workers workers) {
        if (b.elements() == DataType.INT8) {
            multiplyLarge(a, b, c, epilogue, workers);
        } else {
            others.multiply(a, b, c, epilogue, scratch, workers);
        }
    }
}
