package dev.nereid.nativekernels;

import dev.nereid.kernels.channelslast.CellPoolingTest;
import dev.nereid.kernels.conv.HighestKernel;
import dev.nereid.kernels.conv.PickKernel;
import dev.nereid.kernels.conv.PoolingKernelsTest;
import dev.nereid.kernels.conv.ResamplingTest;
import java.util.Optional;
import org.junit.jupiter.api.Nested;

/** Pooling whose highest cells are found in C, and resizing that picks words there. */
class NativePoolingTest {
    private static Optional<HighestKernel> kernel() {
        return Optional.of(
                new HighestCalls(TestedLibrary.of("highest cells in C", "AVX2 with FMA", CpuFeatures::avx2)));
    }

    @Nested
    class OfImagesOfAnotherSize extends ResamplingTest {
        @Override
        protected Optional<PickKernel> pickKernel() {
            return Optional.of(new PickCalls(TestedLibrary.of("picking words in C", "AVX2", CpuFeatures::avx2)));
        }
    }

    @Nested
    class WithChannelsLast extends CellPoolingTest {
        @Override
        protected Optional<HighestKernel> highestKernel() {
            return kernel();
        }
    }

    @Nested
    class WithChannelsFirst extends PoolingKernelsTest {
        @Override
        protected Optional<HighestKernel> highestKernel() {
            return kernel();
        }
    }
}
