package dev.nereid.nativekernels;

import dev.nereid.kernels.convolution.channelslast.ConvolutionMicroKernels;
import dev.nereid.kernels.convolution.channelslast.WinogradKernel;
import dev.nereid.kernels.matmul.DoubleKernel;
import dev.nereid.kernels.matmul.FloatPanelKernel;
import java.util.Optional;

/** The kernels for products of floats in C; a test ends where the CPU has not the instructions. */
final class TestedPanels {
    private TestedPanels() {}

    static FloatPanelKernel avx512(String tested) {
        NativeLibrary library = TestedLibrary.of(tested, "AVX512", CpuFeatures::avx512);
        return new MatMulCalls(library, MatMulCalls.Variant.AVX512_FLOATS);
    }

    static DoubleKernel avx512Doubles() {
        NativeLibrary library = TestedLibrary.of("products of doubles in C", "AVX512", CpuFeatures::avx512);
        return new DoubleCalls(library, MatMulCalls.Variant.AVX512_FLOATS);
    }

    static DoubleKernel avx2Doubles() {
        NativeLibrary library = TestedLibrary.of("products of doubles in C", "AVX2 with FMA", CpuFeatures::avx2);
        return new DoubleCalls(library, MatMulCalls.Variant.AVX2_FLOATS);
    }

    /** All that convolutions with the channels last have in C. */
    static ConvolutionMicroKernels avx512Sums(String tested) {
        NativeLibrary library = TestedLibrary.of(tested, "AVX512", CpuFeatures::avx512);
        return sums(library, MatMulCalls.Variant.AVX512_FLOATS, Optional.empty());
    }

    /** The same with AVX2. */
    static ConvolutionMicroKernels avx2Sums(String tested) {
        NativeLibrary library = TestedLibrary.of(tested, "AVX2 with FMA", CpuFeatures::avx2);
        return sums(library, MatMulCalls.Variant.AVX2_FLOATS, Optional.of(new WinogradCalls(library)));
    }

    private static ConvolutionMicroKernels sums(
            NativeLibrary library, MatMulCalls.Variant variant, Optional<WinogradKernel> winograd) {
        return new ConvolutionMicroKernels(
                new MatMulCalls(library, variant),
                Optional.of(new ChannelsLastDepthwiseCalls(library, variant)),
                Optional.of(new GroupedConvolutionCalls(library, variant)),
                winograd);
    }

    static FloatPanelKernel avx2(String tested) {
        NativeLibrary library = TestedLibrary.of(tested, "AVX2 with FMA", CpuFeatures::avx2);
        return new MatMulCalls(library, MatMulCalls.Variant.AVX2_FLOATS);
    }
}
