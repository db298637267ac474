package dev.nereid.nativekernels;

import dev.nereid.kernels.recurrent.Int8RecurrentKernelsTest;
import dev.nereid.kernels.recurrent.Int8UnitKernel;

class NativeInt8RecurrentTest extends Int8RecurrentKernelsTest {
    @Override
    protected Int8UnitKernel kernel() {
        return new Int8RecurrentCalls(
                TestedLibrary.of("recurrent layers of bytes in C", "AVX512 VNNI", CpuFeatures::avx512Vnni));
    }
}
