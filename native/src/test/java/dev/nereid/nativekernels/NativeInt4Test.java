package dev.nereid.nativekernels;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.int4.Int4KernelTest;
import dev.nereid.kernels.int4.Int4Kernels;
import dev.nereid.kernels.int4.VectorInt4;
import dev.nereid.kernels.matmul.VectorMatMul;
import dev.nereid.nativekernels.QuantizedCalls.Variant;
import java.util.function.Predicate;
import org.junit.jupiter.api.Nested;

class NativeInt4Test {
    @Nested
    class WithAvx512Vnni extends RoundingTest {
        @Override
        protected Int4Kernels kernels() {
            return of(Variant.AVX512_VNNI, CpuFeatures::avx512Vnni);
        }
    }

    @Nested
    class WithAvxVnni extends RoundingTest {
        @Override
        protected Int4Kernels kernels() {
            return of(Variant.AVX_VNNI, CpuFeatures::avxVnni);
        }
    }

    @Nested
    class WithAvx2 extends RoundingTest {
        @Override
        protected Int4Kernels kernels() {
            return of(Variant.AVX2, CpuFeatures::avx2);
        }
    }

    abstract static class RoundingTest extends Int4KernelTest {
        @Override
        protected boolean rounds() {
            return true;
        }
    }

    private static Int4Kernels of(Variant variant, Predicate<CpuFeatures> has) {
        NativeLibrary library = TestedLibrary.of("products with weights of four bits in C", variant.toString(), has);
        return new NativeInt4(new Int4Calls(library, variant), new VectorInt4(new VectorMatMul(Cpu.detect())));
    }
}
