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
            return RecurrentCalls.avx512(TestedLibrary.of(TESTED, "AVX512", CpuFeatures::avx512));
        }
    }

    @Nested
    class WithAvx2 extends RecurrentKernelsTest {
        @Override
        protected UnitKernel kernel() {
            return RecurrentCalls.avx2(TestedLibrary.of(TESTED, "AVX2 with FMA", CpuFeatures::avx2));
        }
    }
}
