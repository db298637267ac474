package dev.nereid.nativekernels;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.MatMulKernelsTest;
import dev.nereid.kernels.matmul.PanelMatMul;
import dev.nereid.kernels.matmul.VectorMatMul;
import java.util.List;
import java.util.Optional;

class NativeMatMulTest extends MatMulKernelsTest {
    @Override
    protected MatMulKernels kernels() {
        return new PanelMatMul(
                new MatMulCalls(
                        TestedLibrary.of("float products in C", "AVX512", CpuFeatures::avx512),
                        MatMulCalls.Variant.FLOATS),
                Optional.empty(),
                new VectorMatMul(Cpu.detect()));
    }

    @Override
    protected List<MatMulKernels> everyKernels() {
        return List.of(kernels());
    }
}
