package dev.nereid.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KernelTestTest extends KernelTest {
    @Test
    void countsTheNumbersBetweenTwoFloats() {
        assertThat(ulps(1f, Math.nextUp(1f))).isEqualTo(1);
        assertThat(ulps(Float.MIN_VALUE, -Float.MIN_VALUE)).isEqualTo(2);
        assertThat(ulps(0f, -0f)).isZero();
        assertThat(ulps(Float.NaN, Float.NaN)).isZero();
        assertThat(ulps(Float.NaN, 1f)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void keepsTheFloatsAtAnUnalignedOffset() {
        float[] values = randomFloats(1, 5, -1f, 1f);
        assertThat(floats(floats(values, 3), 3, 5)).containsExactly(values);
    }
}
