package dev.nereid.kernels.matmul;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;

/** Decorator: BF16 products use the given kernel; everything else delegates. */
public final class Bf16MatMulDecorator extends PackedProducts {
    private final PanelKernel kernel;
    private final MatMulKernels others;

    /**
     * Products by {@code others}, and those of bf16 by {@code kernel}.
     *
     * @param kernel multiplies pairs of bf16 (see {@link Bf16MatMul})
     */
    public Bf16MatMulDecorator(PanelKernel kernel, MatMulKernels others) {
        super(others);
        this.kernel = kernel;
        this.others = others;
    }

    @Override
    public MatMulKernels inBf16() {
        return new Bf16MatMul(kernel, this);
    }

    @Override
    public boolean multipliesFloats(int k, int n) {
        return others.multipliesFloats(k, n);
    }

    @Override
    public long packedBytes(int k, int n) {
        return others.packedBytes(k, n);
    }

    @Override
    public PackedMatrix pack(Matrix b, MemorySegment memory) {
        return others.pack(b, memory);
    }

    @Override
    public long scratchBytes(int rows, PackedMatrix b) {
        return others.scratchBytes(rows, b);
    }

    @Override
    public void multiply(
            Matrix a, PackedMatrix b, Matrix c, Epilogue epilogue, MemorySegment scratch, Workers workers) {
        others.multiply(a, b, c, epilogue, scratch, workers);
    }
}
