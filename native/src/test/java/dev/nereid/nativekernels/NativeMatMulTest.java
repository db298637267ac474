package dev.nereid.nativekernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.DoubleKernel;
import dev.nereid.kernels.matmul.FloatPanelKernel;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.MatMulKernelsTest;
import dev.nereid.kernels.matmul.PanelMatMul;
import dev.nereid.kernels.matmul.VectorMatMul;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class NativeMatMulTest {
    private static final String TESTED = "float products in C";

    @Nested
    class WithAvx512 extends MatMulKernelsTest {
        @Override
        protected MatMulKernels kernels() {
            return products(TestedPanels.avx512(TESTED), TestedPanels.avx512Doubles());
        }

        @Override
        protected List<MatMulKernels> everyKernels() {
            return List.of(kernels());
        }
    }

    @Nested
    class WithAvx2 extends MatMulKernelsTest {
        @Override
        protected MatMulKernels kernels() {
            return products(TestedPanels.avx2(TESTED), TestedPanels.avx2Doubles());
        }

        @Override
        protected List<MatMulKernels> everyKernels() {
            return List.of(kernels());
        }
    }

    private static final CpuFeatures WIDE = CpuFeatures.of(
            Instruction.AVX512_VNNI,
            Instruction.AVX_VNNI,
            Instruction.AVX512,
            Instruction.AVX512_BF16,
            Instruction.AVX2);

    @Test
    void takesTheWidestInstructionsThatThereAre() {
        assertThat(NativeOverlay.floatVariants(WIDE))
                .containsExactly(MatMulCalls.Variant.AVX512_FLOATS, MatMulCalls.Variant.BF16_PAIRS);
        assertThat(NativeOverlay.floatVariants(
                        CpuFeatures.of(Instruction.AVX_VNNI, Instruction.AVX512, Instruction.AVX2)))
                .containsExactly(MatMulCalls.Variant.AVX512_FLOATS);
        assertThat(NativeOverlay.floatVariants(WIDE.allowed("avx2"))).containsExactly(MatMulCalls.Variant.AVX2_FLOATS);
        assertThat(NativeOverlay.floatVariants(CpuFeatures.of())).isEmpty();
    }

    private static MatMulKernels products(FloatPanelKernel kernel, DoubleKernel doubles) {
        return new PanelMatMul(kernel, Optional.empty(), doubles, new VectorMatMul(Cpu.detect()));
    }
}
