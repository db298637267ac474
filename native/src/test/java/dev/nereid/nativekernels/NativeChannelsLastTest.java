package dev.nereid.nativekernels;

import dev.nereid.kernels.convolution.channelslast.ChannelsLastTest;
import dev.nereid.kernels.convolution.channelslast.ConvolutionMicroKernels;
import org.junit.jupiter.api.Nested;

/** Convolutions with channels last whose sums are computed in C. */
class NativeChannelsLastTest {
    private static final String TESTED = "convolutions in C";

    @Nested
    class WithAvx512 extends ChannelsLastTest {
        @Override
        protected ConvolutionMicroKernels sumKernels() {
            return TestedPanels.avx512Sums(TESTED);
        }
    }

    @Nested
    class WithAvx2 extends ChannelsLastTest {
        @Override
        protected ConvolutionMicroKernels sumKernels() {
            return TestedPanels.avx2Sums(TESTED);
        }
    }
}
