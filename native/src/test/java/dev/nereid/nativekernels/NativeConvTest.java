package dev.nereid.nativekernels;

import dev.nereid.kernels.conv.ConvKernelsTest;
import dev.nereid.kernels.conv.DepthwiseKernel;
import dev.nereid.nativekernels.NativeLibrary.Result;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** Convolutions with the channels first, of which depthwise ones are computed in C. */
class NativeConvTest extends ConvKernelsTest {
    @Override
    protected Optional<DepthwiseKernel> depthwise() {
        if (!(NativeLibrary.load() instanceof Result.Loaded loaded)) {
            throw skip("depthwise convolutions in C: no native library");
        }
        if (!loaded.library().features().avx512()) {
            throw skip("depthwise convolutions in C: this CPU does not have AVX512");
        }
        return Optional.of(new DepthwiseCalls(loaded.library()));
    }

    private static RuntimeException skip(String reason) {
        System.out.println("skipped: " + reason);
        return Assumptions.abort(reason);
    }
}
