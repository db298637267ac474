package dev.nereid.kernels.matmul;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** Base of decorators that have products with packed matrices of their own and delegate everything else. */
public abstract class PackedProducts implements MatMulKernels {
    private final MatMulKernels others;

    protected PackedProducts(MatMulKernels others) {
        this.others = others;
    }

    @Override
    public MatMulKernels withInt8Weights(long bytes) {
        return new Int8WeightMatMul(this, bytes);
    }

    @Override
    public long scratchBytes(Matrix a, Matrix b) {
        return others.scratchBytes(a, b);
    }

    @Override
    public void multiply(Matrix a, Matrix b, Matrix c, Epilogue epilogue, MemorySegment scratch, Workers workers) {
        others.multiply(a, b, c, epilogue, scratch, workers);
    }

    @Override
    public void multiplyEach(MatrixBatch a, MatrixBatch b, MatrixBatch c, MemorySegment scratch, Workers workers) {
        others.multiplyEach(a, b, c, scratch, workers);
    }

    @Override
    public void multiply(DataType type, Matrix a, Matrix b, Matrix c) {
        others.multiply(type, a, b, c);
    }

    @Override
    public void scaleAndAdd(DataType type, float alpha, Matrix c, float beta, Optional<Matrix> addend) {
        others.scaleAndAdd(type, alpha, c, beta, addend);
    }

    @Override
    public void contract(DataType type, Contraction contraction, List<MemorySegment> inputs, MemorySegment y) {
        others.contract(type, contraction, inputs, y);
    }
}
