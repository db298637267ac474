package dev.nereid.nativekernels;

import dev.nereid.kernels.channelslast.ChannelsLastTest;
import dev.nereid.kernels.matmul.PanelKernel;
import dev.nereid.nativekernels.NativeLibrary.Result;
import org.junit.jupiter.api.Assumptions;

/** Convolutions with channels last whose rows are multiplied in C: the same sums, bit by bit, as in Java. */
class NativeChannelsLastTest extends ChannelsLastTest {
    @Override
    protected PanelKernel panelKernel() {
        return panelKernelInC();
    }

    /** The kernel in C; ends the test where there is none. */
    static PanelKernel panelKernelInC() {
        if (!(NativeLibrary.load() instanceof Result.Loaded loaded)) {
            throw skip("convolutions in C: no native library");
        }
        if (!loaded.library().features().avx512()) {
            throw skip("convolutions in C: this CPU does not have AVX512");
        }
        return new MatMulCalls(loaded.library(), MatMulCalls.Variant.FLOATS);
    }

    private static RuntimeException skip(String reason) {
        System.out.println("skipped: " + reason);
        return Assumptions.abort(reason);
    }
}
