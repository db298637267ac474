package dev.nereid.nativekernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.quantized.QuantizedConvolutionTest;
import dev.nereid.kernels.quantized.QuantizedKernelTest;
import dev.nereid.kernels.quantized.QuantizedKernels;
import dev.nereid.kernels.scalar.ScalarQuantized;
import dev.nereid.nativekernels.NativeLibrary.Result;
import dev.nereid.nativekernels.QuantizedCalls.Variant;
import java.util.function.Predicate;
import org.junit.jupiter.api.Assumptions;
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
        if (!(NativeLibrary.load() instanceof Result.Loaded loaded)) {
            throw skip(variant + ": no native library");
        }
        if (!has.test(loaded.library().features())) {
            throw skip(variant + ": this CPU does not have it");
        }
        return new NativeQuantized(new QuantizedCalls(loaded.library(), variant), new ScalarQuantized());
    }

    private static RuntimeException skip(String reason) {
        System.out.println("skipped: " + reason);
        return Assumptions.abort(reason);
    }
}
