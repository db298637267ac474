package dev.nereid.nativekernels;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.Bf16MatMul;
import dev.nereid.kernels.matmul.Bf16MatMulTest;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.VectorMatMul;

class NativeBf16MatMulTest extends Bf16MatMulTest {
    @Override
    protected MatMulKernels kernels() {
        NativeLibrary library = TestedLibrary.of(
                "bf16 products in C",
                "AVX512_BF16",
                features -> NativeOverlay.floatVariants(features).contains(MatMulCalls.Variant.BF16_PAIRS));
        return new Bf16MatMul(new MatMulCalls(library, MatMulCalls.Variant.BF16_PAIRS), new VectorMatMul(Cpu.detect()));
    }
}
