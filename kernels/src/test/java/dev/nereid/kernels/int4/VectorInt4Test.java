package dev.nereid.kernels.int4;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.VectorMatMul;

class VectorInt4Test extends Int4KernelTest {
    @Override
    protected Int4Kernels kernels() {
        return new VectorInt4(new VectorMatMul(Cpu.detect()));
    }

    @Override
    protected boolean rounds() {
        return false;
    }
}
