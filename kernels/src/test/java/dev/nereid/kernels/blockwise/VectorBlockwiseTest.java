package dev.nereid.kernels.blockwise;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.VectorMatMul;

class VectorBlockwiseTest extends BlockwiseKernelTest {
    @Override
    protected BlockwiseKernels kernels() {
        return new VectorBlockwise(new VectorMatMul(Cpu.detect()));
    }

    @Override
    protected boolean rounds() {
        return false;
    }
}
