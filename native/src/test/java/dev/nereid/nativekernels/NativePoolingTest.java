package dev.nereid.nativekernels;

import dev.nereid.kernels.pooling.ChannelsLastPoolingTest;
import dev.nereid.kernels.pooling.MaxPoolKernel;
import dev.nereid.kernels.pooling.PoolingKernelsTest;
import dev.nereid.kernels.resize.ResizeGatherKernel;
import dev.nereid.kernels.resize.ResizeKernelsTest;
import java.util.Optional;
import org.junit.jupiter.api.Nested;

/** Max pooling in C, and resizing that gathers words there. */
class NativePoolingTest {
    private static Optional<MaxPoolKernel> kernel() {
        return Optional.of(
                new MaxPoolCalls(TestedLibrary.of("highest cells in C", "AVX2 with FMA", CpuFeatures::avx2)));
    }

    @Nested
    class OfImagesOfAnotherSize extends ResizeKernelsTest {
        @Override
        protected Optional<ResizeGatherKernel> gatherKernel() {
            return Optional.of(
                    new ResizeGatherCalls(TestedLibrary.of("picking words in C", "AVX2", CpuFeatures::avx2)));
        }
    }

    @Nested
    class WithChannelsLast extends ChannelsLastPoolingTest {
        @Override
        protected Optional<MaxPoolKernel> maxPoolKernel() {
            return kernel();
        }
    }

    @Nested
    class WithChannelsFirst extends PoolingKernelsTest {
        @Override
        protected Optional<MaxPoolKernel> maxPoolKernel() {
            return kernel();
        }
    }
}
