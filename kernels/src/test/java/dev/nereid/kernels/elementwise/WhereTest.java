package dev.nereid.kernels.elementwise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.scalar.ScalarElementwise;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WhereTest extends KernelTest {
    private static final int BEFORE = 3;

    private final WhereKernel oracle = new ScalarElementwise().where(Integer.BYTES);
    private final WhereKernel kernel = new VectorElementwise(new ScalarElementwise()).where(Integer.BYTES);

    @Test
    void selectsAsTheOracleDoesWhateverIsASingleElement() {
        SplittableRandom random = new SplittableRandom(1);
        for (int length : LENGTHS) {
            MemorySegment condition = allocate(length + BEFORE + 1L);
            for (int i = 0; i < length; i++) {
                // Any byte but zero holds.
                condition.set(
                        ValueLayout.JAVA_BYTE, BEFORE + i, (byte) (random.nextBoolean() ? random.nextInt() | 1 : 0));
            }
            MemorySegment x = floats(randomFloats(2, length + 1, -1f, 1f), BEFORE);
            MemorySegment y = floats(randomFloats(3, length + 1, 2f, 3f), BEFORE);
            for (int steps = 0; steps < 8; steps++) {
                MemorySegment expected = allocate(4L * length + BEFORE);
                MemorySegment actual = allocate(4L * length + BEFORE);
                int conditionStep = steps & 1;
                int xStep = steps >> 1 & 1;
                int yStep = steps >> 2;
                oracle.run(
                        condition, BEFORE, conditionStep, x, BEFORE, xStep, y, BEFORE, yStep, expected, BEFORE, length);
                Runnable run = () -> kernel.run(
                        condition, BEFORE, conditionStep, x, BEFORE, xStep, y, BEFORE, yStep, actual, BEFORE, length);
                warmUp(run);
                run.run();
                assertThat(floats(actual, BEFORE, length)).isEqualTo(floats(expected, BEFORE, length));
            }
        }
    }
}
