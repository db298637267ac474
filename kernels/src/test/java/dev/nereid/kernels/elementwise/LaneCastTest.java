package dev.nereid.kernels.elementwise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarElementwise;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LongToFloatTest extends KernelTest {
    private static final long[] SPECIAL = {
        0,
        1,
        -1,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        (1L << 24) + 1,
        (1L << 53) + 1,
        (1L << 62) + (1L << 38),
        -(1L << 40) - 1
    };

    @Test
    void roundsAsTheOracleDoes() {
        UnaryKernel oracle = new ScalarElementwise().cast(DataType.INT64, DataType.FP32, CastRule.DEFAULT);
        UnaryKernel kernel =
                new VectorElementwise(new ScalarElementwise()).cast(DataType.INT64, DataType.FP32, CastRule.DEFAULT);
        SplittableRandom random = new SplittableRandom(3);
        for (int length : LENGTHS) {
            MemorySegment x = allocate(8L * length + 8);
            for (int i = 0; i < length; i++) {
                long value = i < SPECIAL.length ? SPECIAL[i] : random.nextLong() >> random.nextInt(64);
                x.set(ValueLayout.JAVA_LONG_UNALIGNED, 8 + 8L * i, value);
            }
            MemorySegment expected = allocate(4L * length);
            MemorySegment actual = allocate(4L * length);
            oracle.run(x, 8, expected, 0, length, 0, 0);
            warmUp(() -> kernel.run(x, 8, actual, 0, length, 0, 0));
            kernel.run(x, 8, actual, 0, length, 0, 0);
            assertThat(floats(actual, 0, length)).isEqualTo(floats(expected, 0, length));
        }
    }
}
