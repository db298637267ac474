package dev.nereid.nativekernels;

import dev.nereid.kernels.channelslast.ChannelsLastTest;
import dev.nereid.kernels.matmul.PanelKernel;

/** Convolutions with channels last whose rows are multiplied in C: the same sums, bit by bit, as in Java. */
class NativeChannelsLastTest extends ChannelsLastTest {
    @Override
    protected PanelKernel panelKernel() {
        return panelKernelInC();
    }

    /** The kernel in C; ends the test where there is none. */
    static PanelKernel panelKernelInC() {
        return new MatMulCalls(
                TestedLibrary.of("convolutions in C", "AVX512", CpuFeatures::avx512), MatMulCalls.Variant.FLOATS);
    }
}
