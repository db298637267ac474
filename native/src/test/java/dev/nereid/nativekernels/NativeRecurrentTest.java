package dev.nereid.nativekernels;

import dev.nereid.kernels.recurrent.RecurrentKernelsTest;
import dev.nereid.kernels.recurrent.UnitKernel;

class NativeRecurrentTest extends RecurrentKernelsTest {
    @Override
    protected UnitKernel kernel() {
        return new RecurrentCalls(TestedLibrary.of("recurrent layers in C", "AVX512", CpuFeatures::avx512));
    }
}
