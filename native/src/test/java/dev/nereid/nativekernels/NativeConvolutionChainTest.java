package dev.nereid.nativekernels;

import dev.nereid.kernels.convolution.channelslast.ConvolutionChainTest;
import dev.nereid.kernels.convolution.channelslast.ConvolutionMicroKernels;
import org.junit.jupiter.api.Nested;

/** Chains of convolutions whose sums are computed in C: the same sums, bit by bit, as one by one. */
class NativeConvolutionChainTest {
    private static final String TESTED = "chains of convolutions in C";

    @Nested
    class WithAvx512 extends ConvolutionChainTest {
        @Override
        protected ConvolutionMicroKernels sumKernels() {
            return TestedPanels.avx512Sums(TESTED);
        }
    }

    @Nested
    class WithAvx2 extends ConvolutionChainTest {
        @Override
        protected ConvolutionMicroKernels sumKernels() {
            return TestedPanels.avx2Sums(TESTED);
        }
    }
}
