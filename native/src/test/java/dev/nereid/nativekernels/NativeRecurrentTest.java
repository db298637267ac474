package dev.nereid.nativekernels;

import dev.nereid.kernels.recurrent.RecurrentKernelsTest;
import dev.nereid.kernels.recurrent.UnitKernel;
import org.junit.jupiter.api.Nested;

class NativeRecurrentTest {
    private static final String TESTED = "recurrent layers in C";

    @Nested
    class WithAvx512 extends RecurrentKernelsTest {
        @Override
        protected UnitKernel kernel() {
            return new RecurrentCalls(
                    TestedLibrary.of(TESTED, "AVX512", CpuFeatures::avx512), MatMulCalls.Variant.AVX512_FLOATS);
        }
    }

    @Nested
    class WithAvx2 extends RecurrentKernelsTest {
        @Override
        protected UnitKernel kernel() {
            return new RecurrentCalls(
                    TestedLibrary.of(TESTED, "AVX2 with FMA", CpuFeatures::avx2), MatMulCalls.Variant.AVX2_FLOATS);
        }
    }
}
