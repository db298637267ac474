package dev.nereid.kernels.elementwise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarElementwise;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Vector kernels of casts against their scalar ones. */
class HalfCastTest extends KernelTest {
    private static final int EVERY = 1 << Short.SIZE;

    private final ElementwiseKernels scalar = new ScalarElementwise();
    private final ElementwiseKernels vector = new VectorElementwise(scalar);

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FP16", "BF16"})
    void everyNumberOf16BitsIsWidenedAndComesBack(DataType half) {
        MemorySegment x = allocate(2L * EVERY + 2);
        for (int i = 0; i < EVERY; i++) {
            x.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i + 2, (short) i);
        }
        MemorySegment expected = allocate(4L * EVERY);
        MemorySegment actual = allocate(4L * EVERY);
        scalar.cast(half, DataType.FP32, CastRule.DEFAULT).run(x, 2, expected, 0, EVERY);
        vector.cast(half, DataType.FP32, CastRule.DEFAULT).run(x, 2, actual, 0, EVERY);
        for (int i = 0; i < EVERY; i++) {
            assertSame(actual, expected, i);
        }
        MemorySegment back = allocate(2L * EVERY);
        vector.cast(DataType.FP32, half, CastRule.DEFAULT).run(actual, 0, back, 0, EVERY);
        for (int i = 0; i < EVERY; i++) {
            boolean number = !Float.isNaN(actual.get(ValueLayout.JAVA_FLOAT, 4L * i));
            if (number) {
                assertThat(back.get(ValueLayout.JAVA_SHORT, 2L * i)).isEqualTo((short) i);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FP16", "BF16"})
    void roundsAsTheOracleDoesAtEveryLength(DataType half) {
        UnaryKernel oracle = scalar.cast(DataType.FP32, half, CastRule.DEFAULT);
        UnaryKernel kernel = vector.cast(DataType.FP32, half, CastRule.DEFAULT);
        UnaryKernel widening = scalar.cast(half, DataType.FP32, CastRule.DEFAULT);
        SplittableRandom random = new SplittableRandom(5);
        for (int length : LENGTHS) {
            MemorySegment x = allocate(4L * length + 4);
            for (int i = 0; i < length; i++) {
                x.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 + 4L * i, number(i, random));
            }
            MemorySegment expected = allocate(2L * length);
            MemorySegment actual = allocate(2L * length);
            oracle.run(x, 4, expected, 0, length);
            warmUp(() -> kernel.run(x, 4, actual, 0, length));
            kernel.run(x, 4, actual, 0, length);
            MemorySegment expectedFloats = allocate(4L * length);
            MemorySegment actualFloats = allocate(4L * length);
            widening.run(expected, 0, expectedFloats, 0, length);
            widening.run(actual, 0, actualFloats, 0, length);
            for (int i = 0; i < length; i++) {
                assertSame(actualFloats, expectedFloats, i);
            }
        }
    }

    /** Any bits; ties between two numbers of FP16 and of BF16, and what is beyond or below all. */
    private static float number(int i, SplittableRandom random) {
        int bits = random.nextInt();
        return switch (i % 5) {
            case 0 -> SPECIAL_FLOATS[(i / 5) % SPECIAL_FLOATS.length];
            case 1 -> Float.intBitsToFloat(bits & 0xffff_f000);
            case 2 -> Float.intBitsToFloat(bits & 0xffff_8000);
            case 3 -> (random.nextInt(1 << 12) + 0.5f) * 0x1p-24f;
            default -> (float) (random.nextDouble(-1, 1) * Math.pow(2, random.nextInt(-28, 18)));
        };
    }

    /** Two floats with the same bits, or two NaN. */
    private static void assertSame(MemorySegment actual, MemorySegment expected, int i) {
        float a = actual.get(ValueLayout.JAVA_FLOAT, 4L * i);
        float e = expected.get(ValueLayout.JAVA_FLOAT, 4L * i);
        assertThat(Float.floatToIntBits(a)).as("element %d, %s", i, e).isEqualTo(Float.floatToIntBits(e));
    }
}
