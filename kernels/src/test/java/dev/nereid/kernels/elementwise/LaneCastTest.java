package dev.nereid.kernels.elementwise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarElementwise;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Casts by vectors have the bits of the plain loops, also of numbers that the target cannot hold. */
class LaneCastTest extends KernelTest {
    private static final int BEFORE = 3;

    private static final long[] SPECIAL = {
        0,
        1,
        -1,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        (1L << 24) + 1,
        (1L << 31) - 1,
        1L << 31,
        (1L << 53) + 1,
        (1L << 62) + (1L << 38),
        -(1L << 31),
        -(1L << 31) - 1,
        -(1L << 40) - 1
    };

    private final ElementwiseKernels scalar = new ScalarElementwise();
    private final ElementwiseKernels vector = new VectorElementwise(scalar);

    static Stream<Arguments> casts() {
        return Stream.of(DataType.values())
                .flatMap(from -> Stream.of(DataType.values())
                        .filter(to -> LaneCast.of(from, to).isPresent())
                        .map(to -> Arguments.of(from, to)));
    }

    @ParameterizedTest
    @MethodSource("casts")
    void everyNumberBecomesThatOfTheOracle(DataType from, DataType to) {
        UnaryKernel oracle = scalar.cast(from, to, CastRule.DEFAULT);
        UnaryKernel kernel = vector.cast(from, to, CastRule.DEFAULT);
        for (int length : LENGTHS) {
            MemorySegment x = numbers(from, length);
            MemorySegment expected = allocate((long) to.bytes() * length + BEFORE);
            MemorySegment actual = allocate((long) to.bytes() * length + BEFORE);
            oracle.run(x, BEFORE, expected, BEFORE, length, 0, 0);
            warmUp(() -> kernel.run(x, BEFORE, actual, BEFORE, length, 0, 0));
            kernel.run(x, BEFORE, actual, BEFORE, length, 0, 0);
            assertSame(actual, expected);
            if (from.bytes() == to.bytes()) {
                kernel.run(x, BEFORE, x, BEFORE, length, 0, 0);
                assertSame(x, expected);
            }
        }
    }

    private static void assertSame(MemorySegment actual, MemorySegment expected) {
        assertThat(actual.asSlice(BEFORE).toArray(ValueLayout.JAVA_BYTE))
                .isEqualTo(expected.asSlice(BEFORE).toArray(ValueLayout.JAVA_BYTE));
    }

    private MemorySegment numbers(DataType type, int length) {
        SplittableRandom random = new SplittableRandom(length);
        MemorySegment x = allocate((long) type.bytes() * length + BEFORE);
        for (int i = 0; i < length; i++) {
            long at = BEFORE + (long) type.bytes() * i;
            long integer = i < SPECIAL.length ? SPECIAL[i] : random.nextLong() >> random.nextInt(64);
            float real = i % 3 == 0
                    ? SPECIAL_FLOATS[i / 3 % SPECIAL_FLOATS.length]
                    : (float) ((random.nextDouble() - 0.5) * (1L << random.nextInt(i % 100 == 1 ? 63 : 9)));
            switch (type) {
                case FP32 -> x.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, real);
                case FP64 -> x.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, at, i % 2 == 0 ? real : (double) integer / 3);
                default -> {
                    switch (type.bytes()) {
                        case 1 -> x.set(ValueLayout.JAVA_BYTE, at, (byte) integer);
                        case 2 -> x.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) integer);
                        case 4 -> x.set(ValueLayout.JAVA_INT_UNALIGNED, at, (int) integer);
                        default -> x.set(ValueLayout.JAVA_LONG_UNALIGNED, at, integer);
                    }
                }
            }
        }
        return x;
    }
}
