package dev.nereid.nativekernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.quantized.DepthwiseDispatch;
import dev.nereid.kernels.quantized.Int8ConvolutionKernelTest;
import dev.nereid.kernels.quantized.Int8ConvolutionKernels;
import dev.nereid.kernels.quantized.Int8ProductKernelTest;
import dev.nereid.kernels.quantized.Int8ProductKernels;
import dev.nereid.nativekernels.QuantizedCalls.Variant;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class NativeQuantizedTest {
    @Nested
    class ProductsWithAvx512Vnni extends Int8ProductKernelTest {
        @Override
        protected Int8ProductKernels kernels() {
            return products(Variant.AVX512_VNNI, CpuFeatures::avx512Vnni);
        }
    }

    @Nested
    class ProductsWithAvxVnni extends Int8ProductKernelTest {
        @Override
        protected Int8ProductKernels kernels() {
            return products(Variant.AVX_VNNI, CpuFeatures::avxVnni);
        }
    }

    @Nested
    class ProductsWithAvx2 extends Int8ProductKernelTest {
        @Override
        protected Int8ProductKernels kernels() {
            return products(Variant.AVX2, CpuFeatures::avx2);
        }
    }

    @Nested
    class ProductsWithAmx extends Int8ProductKernelTest {
        @Override
        protected Int8ProductKernels kernels() {
            return products(Variant.AMX, features -> features.has(Instruction.AMX_INT8));
        }
    }

    @Nested
    class ProductsWithEmulatedAmx extends Int8ProductKernelTest {
        @Override
        protected Int8ProductKernels kernels() {
            return new NativeInt8Product(
                    new QuantizedCalls(EmulatedAmx.library("products of bytes with AMX"), Variant.AMX));
        }
    }

    @Nested
    class ConvolutionsWithAmx extends Int8ConvolutionKernelTest {
        @Override
        protected Int8ConvolutionKernels kernels() {
            return convolutions(Variant.AMX, features -> features.has(Instruction.AMX_INT8));
        }
    }

    @Nested
    class ConvolutionsWithEmulatedAmx extends Int8ConvolutionKernelTest {
        @Override
        protected Int8ConvolutionKernels kernels() {
            return new NativeConvolution(
                    new QuantizedCalls(EmulatedAmx.library("convolutions of bytes with AMX"), Variant.AMX));
        }
    }

    @Nested
    class ConvolutionsWithAvx2 extends Int8ConvolutionKernelTest {
        @Override
        protected Int8ConvolutionKernels kernels() {
            return convolutions(Variant.AVX2, CpuFeatures::avx2);
        }
    }

    @Nested
    class ConvolutionsWithAvx512Vnni extends Int8ConvolutionKernelTest {
        @Override
        protected Int8ConvolutionKernels kernels() {
            return convolutions(Variant.AVX512_VNNI, CpuFeatures::avx512Vnni);
        }
    }

    @Nested
    class DepthwiseWithAvx512Vnni extends Int8ConvolutionKernelTest {
        @Override
        protected Int8ConvolutionKernels kernels() {
            return depthwise(Variant.AVX512_VNNI, CpuFeatures::avx512Vnni);
        }
    }

    @Nested
    class DepthwiseWithAvx2 extends Int8ConvolutionKernelTest {
        @Override
        protected Int8ConvolutionKernels kernels() {
            return depthwise(Variant.AVX2, CpuFeatures::avx2);
        }
    }

    @Nested
    class WinogradWithAvx2 extends Int8ConvolutionKernelTest {
        @Override
        protected Int8ConvolutionKernels kernels() {
            return winograd();
        }
    }

    @Nested
    class ConvolutionsWithAvxVnni extends Int8ConvolutionKernelTest {
        @Override
        protected Int8ConvolutionKernels kernels() {
            return convolutions(Variant.AVX_VNNI, CpuFeatures::avxVnni);
        }
    }

    @Nested
    class ProductsWithDotprod extends Int8ProductKernelTest {
        @Override
        protected Int8ProductKernels kernels() {
            return products(Variant.DOTPROD, features -> features.has(Instruction.DOTPROD));
        }
    }

    @Nested
    class ConvolutionsWithDotprod extends Int8ConvolutionKernelTest {
        @Override
        protected Int8ConvolutionKernels kernels() {
            return convolutions(Variant.DOTPROD, features -> features.has(Instruction.DOTPROD));
        }
    }

    @Nested
    class ProductsWithI8mm extends Int8ProductKernelTest {
        @Override
        protected Int8ProductKernels kernels() {
            return products(Variant.I8MM, features -> features.has(Instruction.I8MM));
        }
    }

    @Nested
    class ConvolutionsWithI8mm extends Int8ConvolutionKernelTest {
        @Override
        protected Int8ConvolutionKernels kernels() {
            return convolutions(Variant.I8MM, features -> features.has(Instruction.I8MM));
        }
    }

    @Nested
    class ProductsWithSve extends Int8ProductKernelTest {
        @Override
        protected Int8ProductKernels kernels() {
            return products(Variant.SVE, features -> features.sveBits() > 0);
        }
    }

    @Nested
    class ConvolutionsWithSve extends Int8ConvolutionKernelTest {
        @Override
        protected Int8ConvolutionKernels kernels() {
            return convolutions(Variant.SVE, features -> features.sveBits() > 0);
        }
    }

    @Nested
    class ProductsWithSveI8mm extends Int8ProductKernelTest {
        @Override
        protected Int8ProductKernels kernels() {
            return products(Variant.SVE_I8MM, features -> features.has(Instruction.SVE_I8MM));
        }
    }

    @Nested
    class ConvolutionsWithSveI8mm extends Int8ConvolutionKernelTest {
        @Override
        protected Int8ConvolutionKernels kernels() {
            return convolutions(Variant.SVE_I8MM, features -> features.has(Instruction.SVE_I8MM));
        }
    }

    @Test
    void takesTheWidestInstructionsThatAreThere() {
        assertThat(NativeOverlay.variant(
                        CpuFeatures.of(Instruction.AVX512_VNNI, Instruction.AVX_VNNI, Instruction.AVX2)))
                .contains(Variant.AVX512_VNNI);
        assertThat(NativeOverlay.variant(CpuFeatures.of(Instruction.AVX_VNNI, Instruction.AVX2)))
                .contains(Variant.AVX_VNNI);
        assertThat(NativeOverlay.variant(CpuFeatures.of(Instruction.AVX2))).contains(Variant.AVX2);
        assertThat(NativeOverlay.variant(CpuFeatures.of())).isEmpty();
        CpuFeatures amx = CpuFeatures.of(Instruction.AMX_INT8, Instruction.AVX512_VNNI, Instruction.AVX2);
        assertThat(NativeOverlay.productVariant(amx)).contains(Variant.AMX);
        assertThat(NativeOverlay.variant(amx)).contains(Variant.AVX512_VNNI);
        assertThat(NativeOverlay.productVariant(CpuFeatures.of(Instruction.AVX2)))
                .contains(Variant.AVX2);
    }

    @Test
    void takesTheBestInstructionsOfArmThatAreThere() {
        Set<Instruction> all = Set.of(Instruction.DOTPROD, Instruction.I8MM, Instruction.BF16, Instruction.SVE_I8MM);
        assertThat(ArmOverlay.bytes(new CpuFeatures(all, 256))).contains(Variant.SVE_I8MM);
        assertThat(ArmOverlay.bytes(new CpuFeatures(all, 128))).contains(Variant.I8MM);
        assertThat(ArmOverlay.bytes(new CpuFeatures(Set.of(Instruction.DOTPROD), 512)))
                .contains(Variant.SVE);
        assertThat(ArmOverlay.bytes(CpuFeatures.of(Instruction.DOTPROD))).contains(Variant.DOTPROD);
        assertThat(ArmOverlay.bytes(CpuFeatures.of())).isEmpty();
        assertThat(ArmOverlay.bf16(CpuFeatures.of(Instruction.BF16))).contains(MatMulCalls.Variant.NEON_BF16_PAIRS);
        assertThat(ArmOverlay.bf16(CpuFeatures.of(Instruction.I8MM))).isEmpty();
    }

    private static Int8ProductKernels products(Variant variant, Predicate<CpuFeatures> has) {
        return new NativeInt8Product(calls("products of bytes in C", variant, has));
    }

    private static Int8ConvolutionKernels convolutions(Variant variant, Predicate<CpuFeatures> has) {
        return new NativeConvolution(calls("convolutions of bytes in C", variant, has));
    }

    private static Int8ConvolutionKernels winograd() {
        NativeLibrary library =
                TestedLibrary.of("Winograd's algorithm of bytes in C", Variant.AVX2.toString(), CpuFeatures::avx2);
        return new NativeWinograd(
                new QuantizedCalls(library, Variant.AVX2),
                new Int8WinogradCalls(library),
                convolutions(Variant.AVX2, CpuFeatures::avx2));
    }

    private static Int8ConvolutionKernels depthwise(Variant variant, Predicate<CpuFeatures> has) {
        NativeLibrary library = TestedLibrary.of("depthwise convolutions in C", variant.toString(), has);
        return new DepthwiseDispatch(
                new NativeDepthwise(new ByteDepthwiseCalls(library, variant)), convolutions(variant, has));
    }

    private static QuantizedCalls calls(String tested, Variant variant, Predicate<CpuFeatures> has) {
        return new QuantizedCalls(TestedLibrary.of(tested, variant.toString(), has), variant);
    }
}
