package dev.nereid.nativekernels;

import dev.nereid.kernels.channelslast.ConvolutionChainTest;
import dev.nereid.kernels.matmul.PanelKernel;
import org.junit.jupiter.api.Nested;

/** Chains of convolutions whose rows are multiplied in C: the same sums, bit by bit, as one by one. */
class NativeConvolutionChainTest {
    private static final String TESTED = "chains of convolutions in C";

    @Nested
    class WithAvx512 extends ConvolutionChainTest {
        @Override
        protected PanelKernel panelKernel() {
            return TestedPanels.avx512(TESTED);
        }
    }

    @Nested
    class WithAvx2 extends ConvolutionChainTest {
        @Override
        protected PanelKernel panelKernel() {
            return TestedPanels.avx2(TESTED);
        }
    }
}
