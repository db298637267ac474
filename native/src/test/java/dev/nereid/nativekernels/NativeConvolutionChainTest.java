package dev.nereid.nativekernels;

import dev.nereid.kernels.channelslast.ConvolutionChainTest;
import dev.nereid.kernels.matmul.PanelKernel;

/** Chains of convolutions whose rows are multiplied in C: the same sums, bit by bit, as one by one. */
class NativeConvolutionChainTest extends ConvolutionChainTest {
    @Override
    protected PanelKernel panelKernel() {
        return NativeChannelsLastTest.panelKernelInC();
    }
}
