package dev.nereid.nativekernels;

import dev.nereid.kernels.convolution.channelsfirst.ChannelsFirstTest;
import dev.nereid.kernels.convolution.channelsfirst.DepthwiseKernel;
import java.util.Optional;
import org.junit.jupiter.api.Nested;

/** Convolutions with the channels first, of which depthwise ones are computed in C. */
class NativeConvTest {
    private static final String TESTED = "depthwise convolutions in C";

    @Nested
    class WithAvx512 extends ChannelsFirstTest {
        @Override
        protected Optional<DepthwiseKernel> depthwise() {
            NativeLibrary library = TestedLibrary.of(TESTED, "AVX512", CpuFeatures::avx512);
            return Optional.of(new DepthwiseCalls(library, MatMulCalls.Variant.AVX512_FLOATS));
        }
    }

    @Nested
    class WithAvx2 extends ChannelsFirstTest {
        @Override
        protected Optional<DepthwiseKernel> depthwise() {
            NativeLibrary library = TestedLibrary.of(TESTED, "AVX2 with FMA", CpuFeatures::avx2);
            return Optional.of(new DepthwiseCalls(library, MatMulCalls.Variant.AVX2_FLOATS));
        }
    }
}
