package dev.nereid.nativekernels;

import dev.nereid.kernels.attention.AttentionKernels;
import dev.nereid.kernels.attention.AttentionKernelsTest;
import dev.nereid.kernels.attention.PanelAttention;
import org.junit.jupiter.api.Nested;

class NativeAttentionTest {
    private static final String TESTED = "attention in C";

    @Nested
    class WithAvx512 extends AttentionKernelsTest {
        @Override
        protected AttentionKernels kernels() {
            NativeLibrary library = TestedLibrary.of(TESTED, "AVX512", CpuFeatures::avx512);
            return new PanelAttention(
                    TestedPanels.avx512(TESTED), new AttentionSoftmaxCalls(library, MatMulCalls.Variant.AVX512_FLOATS));
        }
    }

    @Nested
    class WithAvx2 extends AttentionKernelsTest {
        @Override
        protected AttentionKernels kernels() {
            NativeLibrary library = TestedLibrary.of(TESTED, "AVX2 with FMA", CpuFeatures::avx2);
            return new PanelAttention(
                    TestedPanels.avx2(TESTED), new AttentionSoftmaxCalls(library, MatMulCalls.Variant.AVX2_FLOATS));
        }
    }
}
