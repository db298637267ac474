package dev.nereid.nativekernels;

import dev.nereid.kernels.blockwise.BlockwiseKernelTest;
import dev.nereid.kernels.blockwise.BlockwiseKernels;
import dev.nereid.kernels.blockwise.VectorBlockwise;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.VectorMatMul;
import dev.nereid.nativekernels.QuantizedCalls.Variant;
import java.util.function.Predicate;
import org.junit.jupiter.api.Nested;

class NativeBlockwiseTest {
    @Nested
    class WithAvx512Vnni extends RoundingTest {
        @Override
        protected BlockwiseKernels kernels() {
            return of(Variant.AVX512_VNNI, CpuFeatures::avx512Vnni);
        }
    }

    @Nested
    class WithAvxVnni extends RoundingTest {
        @Override
        protected BlockwiseKernels kernels() {
            return of(Variant.AVX_VNNI, CpuFeatures::avxVnni);
        }
    }

    @Nested
    class WithAvx2 extends RoundingTest {
        @Override
        protected BlockwiseKernels kernels() {
            return of(Variant.AVX2, CpuFeatures::avx2);
        }
    }

    abstract static class RoundingTest extends BlockwiseKernelTest {
        @Override
        protected boolean rounds() {
            return true;
        }
    }

    private static BlockwiseKernels of(Variant variant, Predicate<CpuFeatures> has) {
        NativeLibrary library = TestedLibrary.of("products with weights of four bits in C", variant.toString(), has);
        return new NativeBlockwise(
                new BlockwiseCalls(library, variant), new VectorBlockwise(new VectorMatMul(Cpu.detect())));
    }
}
