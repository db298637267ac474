package dev.nereid.nativekernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

    @Test
    void takesTheWidestInstructionsThatThereAre() {
        CpuFeatures all = new CpuFeatures(true, true, true, true, true);
        assertThat(NativeOverlay.floatVariants(all))
                .containsExactly(MatMulCalls.Variant.AVX512_FLOATS, MatMulCalls.Variant.BF16_PAIRS);
        assertThat(NativeOverlay.floatVariants(new CpuFeatures(false, true, true, false, true)))
                .containsExactly(MatMulCalls.Variant.AVX512_FLOATS);
        assertThat(NativeOverlay.floatVariants(all.allowed("avx2"))).containsExactly(MatMulCalls.Variant.AVX2_FLOATS);
        assertThat(NativeOverlay.variant(all.allowed("avx2"))).contains(QuantizedCalls.Variant.AVX2);
        assertThat(NativeOverlay.floatVariants(new CpuFeatures(false, false, false, false, false)))
                .isEmpty();
        assertThat(all.allowed("")).isEqualTo(all);
    }

    @Test
    void instructionsThatAreLeftOutMustBeKnown() {
        CpuFeatures all = new CpuFeatures(true, true, true, true, true);
        assertThatThrownBy(() -> all.allowed("avx3"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("property 'nereid.native.instructions': expected avx2, got 'avx3'");
    }

    private static MatMulKernels products(FloatPanelKernel kernel, DoubleKernel doubles) {
        return new PanelMatMul(kernel, Optional.empty(), doubles, new VectorMatMul(Cpu.detect()));
    }
}
