package dev.nereid.nativekernels;

import dev.nereid.kernels.channelslast.CellPoolingTest;
import dev.nereid.kernels.conv.HighestKernel;
import dev.nereid.kernels.conv.PoolingKernelsTest;
import java.util.Optional;
import org.junit.jupiter.api.Nested;

/** Pooling whose highest cells are found in C. */
class NativePoolingTest {
    private static Optional<HighestKernel> kernel() {
        return Optional.of(
                new HighestCalls(TestedLibrary.of("highest cells in C", "AVX2 with FMA", CpuFeatures::avx2)));
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
