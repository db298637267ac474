package dev.nereid.nativekernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.quantized.QuantizedConvolutionTest;
import dev.nereid.kernels.quantized.QuantizedKernelTest;
import dev.nereid.kernels.quantized.QuantizedKernels;
import dev.nereid.kernels.scalar.ScalarQuantized;
import dev.nereid.nativekernels.QuantizedCalls.Variant;
import java.util.function.Predicate;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class NativeQuantizedTest {
    @Nested
    class Avx512Vnni extends QuantizedKernelTest {
        @Override
        protected QuantizedKernels kernels() {
            return kernelsOf(Variant.AVX512_VNNI, CpuFeatures::avx512Vnni);
        }
    }

    @Nested
    class AvxVnni extends QuantizedKernelTest {
        @Override
        protected QuantizedKernels kernels() {
            return kernelsOf(Variant.AVX_VNNI, CpuFeatures::avxVnni);
        }
    }

    @Nested
    class ConvolutionsWithAvx512Vnni extends QuantizedConvolutionTest {
        @Override
        protected QuantizedKernels kernels() {
            return kernelsOf(Variant.AVX512_VNNI, CpuFeatures::avx512Vnni);
        }
    }

    @Nested
    class ConvolutionsWithAvxVnni extends QuantizedConvolutionTest {
        @Override
        protected QuantizedKernels kernels() {
            return kernelsOf(Variant.AVX_VNNI, CpuFeatures::avxVnni);
        }
    }

    @Test
    void takesTheWidestInstructionsThatAreThere() {
        assertThat(NativeOverlay.variant(new CpuFeatures(true, true, false, false)))
                .contains(Variant.AVX512_VNNI);
        assertThat(NativeOverlay.variant(new CpuFeatures(false, true, false, false)))
                .contains(Variant.AVX_VNNI);
        assertThat(NativeOverlay.variant(new CpuFeatures(false, false, false, false)))
                .isEmpty();
    }

    private static QuantizedKernels kernelsOf(Variant variant, Predicate<CpuFeatures> has) {
        NativeLibrary library = TestedLibrary.of("products of bytes in C", variant.toString(), has);
        return new NativeQuantized(new QuantizedCalls(library, variant), new ScalarQuantized());
    }
}
