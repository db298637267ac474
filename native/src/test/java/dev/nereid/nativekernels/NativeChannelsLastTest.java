package dev.nereid.nativekernels;

import dev.nereid.kernels.channelslast.ChannelsLastTest;
import dev.nereid.kernels.matmul.PanelKernel;
import org.junit.jupiter.api.Nested;

/** Convolutions with channels last whose rows are multiplied in C: the same sums, bit by bit, as in Java. */
class NativeChannelsLastTest {
    private static final String TESTED = "convolutions in C";

    @Nested
    class WithAvx512 extends ChannelsLastTest {
        @Override
        protected PanelKernel panelKernel() {
            return TestedPanels.avx512(TESTED);
        }
    }

    @Nested
    class WithAvx2 extends ChannelsLastTest {
        @Override
        protected PanelKernel panelKernel() {
            return TestedPanels.avx2(TESTED);
        }
    }
}
