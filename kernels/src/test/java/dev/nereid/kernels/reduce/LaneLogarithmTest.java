package dev.nereid.kernels.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.KernelTest;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/** The logarithm in lanes, against that of the Java library. */
class LaneLogarithmTest extends KernelTest {
    @Test
    void isTheLogarithmOfEveryMagnitude() {
        warmUp(() -> logarithm(3f));
        for (float x = Float.MIN_NORMAL; x < Float.MAX_VALUE / 1.01f; x *= 1.0007f) {
            double expected = Math.log(x);
            assertThat((double) logarithm(x))
                    .describedAs("ln %s", x)
                    .isCloseTo(expected, within(3e-7 * Math.max(0.1, Math.abs(expected))));
        }
        assertThat(logarithm(1f)).isZero();
        assertThat(logarithm(Float.NaN)).isNaN();
    }

    private static float logarithm(float x) {
        return LaneLogarithm.of(FloatVector.broadcast(FloatVector.SPECIES_PREFERRED, x))
                .lane(LANES - 1);
    }
}
