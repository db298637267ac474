package dev.nereid.kernels.elementwise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarElementwise;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WhereTest extends KernelTest {
    private static final int BEFORE = 3;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void selectsAsTheOracleDoesWhateverIsASingleElement(int bytes) {
        WhereKernel oracle = new ScalarElementwise().where(bytes);
        WhereKernel kernel = new VectorElementwise(new ScalarElementwise()).where(bytes);
        SplittableRandom random = new SplittableRandom(1);
        for (int length : LENGTHS) {
            MemorySegment condition = allocate(length + BEFORE + 1L);
            for (int i = 0; i < length; i++) {
                // Any byte but zero holds.
                condition.set(
                        ValueLayout.JAVA_BYTE, BEFORE + i, (byte) (random.nextBoolean() ? random.nextInt() | 1 : 0));
            }
            // Floats enough for elements of any size.
            MemorySegment x = floats(randomFloats(2, 2 * length + 2, -1f, 1f), BEFORE);
            MemorySegment y = floats(randomFloats(3, 2 * length + 2, 2f, 3f), BEFORE);
            for (int steps = 0; steps < 8; steps++) {
                MemorySegment expected = allocate((long) bytes * length + BEFORE);
                MemorySegment actual = allocate((long) bytes * length + BEFORE);
                int conditionStep = steps & 1;
                int xStep = steps >> 1 & 1;
                int yStep = steps >> 2;
                oracle.run(
                        condition, BEFORE, conditionStep, x, BEFORE, xStep, y, BEFORE, yStep, expected, BEFORE, length);
                Runnable run = () -> kernel.run(
                        condition, BEFORE, conditionStep, x, BEFORE, xStep, y, BEFORE, yStep, actual, BEFORE, length);
                warmUp(run);
                run.run();
                assertThat(actual.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected.toArray(ValueLayout.JAVA_BYTE));
            }
        }
    }
}
