package dev.nereid.nativekernels;

import dev.nereid.kernels.conv.ConvKernelsTest;
import dev.nereid.kernels.conv.DepthwiseKernel;
import java.util.Optional;

/** Convolutions with the channels first, of which depthwise ones are computed in C. */
class NativeConvTest extends ConvKernelsTest {
    @Override
    protected Optional<DepthwiseKernel> depthwise() {
        return Optional.of(
                new DepthwiseCalls(TestedLibrary.of("depthwise convolutions in C", "AVX512", CpuFeatures::avx512)));
    }
}
