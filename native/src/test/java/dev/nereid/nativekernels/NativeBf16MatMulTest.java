package dev.nereid.nativekernels;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.Bf16MatMul;
import dev.nereid.kernels.matmul.Bf16MatMulDecorator;
import dev.nereid.kernels.matmul.Bf16MatMulTest;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.VectorMatMul;
import org.junit.jupiter.api.Nested;

class NativeBf16MatMulTest {
    private static final String TESTED = "bf16 products in C";

    @Nested
    class WithAvx512 extends Bf16MatMulTest {
        @Override
        protected MatMulKernels kernels() {
            NativeLibrary library = TestedLibrary.of(
                    TESTED,
                    "AVX512_BF16",
                    features -> NativeOverlay.floatVariants(features).contains(MatMulCalls.Variant.BF16_PAIRS));
            return new Bf16MatMul(
                    new MatMulCalls(library, MatMulCalls.Variant.BF16_PAIRS), new VectorMatMul(Cpu.detect()));
        }
    }

    @Nested
    class WithNeon extends Bf16MatMulTest {
        @Override
        protected MatMulKernels kernels() {
            NativeLibrary library = TestedLibrary.of(TESTED, "BF16", features -> features.has(Instruction.BF16));
            return new Bf16MatMulDecorator(
                            new MatMulCalls(library, MatMulCalls.Variant.NEON_BF16_PAIRS),
                            new VectorMatMul(Cpu.detect()))
                    .inBf16();
        }
    }
}
