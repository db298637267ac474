package dev.nereid.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.DoubleFunction;
import org.junit.jupiter.api.Test;

class HalfFloatsTest {
    @Test
    void everyFiniteHalfReadsBackAsItself() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float fp16 = Float.float16ToFloat((short) bits);
            if (!Float.isNaN(fp16)) {
                assertThat(HalfFloats.fp16(fp16)).isEqualTo((short) bits);
            }
            float bf16 = HalfFloats.ofBf16((short) bits);
            if (!Float.isNaN(bf16)) {
                assertThat(HalfFloats.bf16(bf16)).isEqualTo((short) bits);
            }
        }
    }

    /** Between each two neighbours: the middle goes to the even one, and what is nearest to it to its own side. */
    @Test
    void roundsOnceAndTiesToEven() {
        ties(0x7BFF, bits -> Float.float16ToFloat((short) bits), HalfFloats::fp16);
        ties(0x7F7F, bits -> HalfFloats.ofBf16((short) bits), HalfFloats::bf16);
    }

    private static void ties(int largest, java.util.function.IntToDoubleFunction value, DoubleFunction<Short> round) {
        for (int bits = 0; bits < largest; bits++) {
            double middle = (value.applyAsDouble(bits) + value.applyAsDouble(bits + 1)) / 2;
            short even = (short) (bits % 2 == 0 ? bits : bits + 1);
            assertThat(round.apply(middle)).isEqualTo(even);
            assertThat(round.apply(-middle)).isEqualTo((short) (even | 0x8000));
            assertThat(round.apply(Math.nextUp(middle))).isEqualTo((short) (bits + 1));
            assertThat(round.apply(Math.nextDown(middle))).isEqualTo((short) bits);
        }
    }

    @Test
    void whatIsTooLargeIsInfiniteAndWhatIsTooSmallIsZero() {
        assertThat(Float.float16ToFloat(HalfFloats.fp16(65519.99))).isEqualTo(65504f);
        assertThat(Float.float16ToFloat(HalfFloats.fp16(65520))).isInfinite();
        assertThat(Float.float16ToFloat(HalfFloats.fp16(-1e300))).isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(HalfFloats.ofBf16(HalfFloats.bf16(1e300))).isInfinite();
        assertThat(HalfFloats.fp16(-1e-300)).isEqualTo((short) 0x8000);
        assertThat(HalfFloats.bf16(1e-300)).isEqualTo((short) 0);
        assertThat(Float.float16ToFloat(HalfFloats.fp16(Double.NaN))).isNaN();
        assertThat(HalfFloats.ofBf16(HalfFloats.bf16(Double.NaN))).isNaN();
        assertThat(HalfFloats.ofBf16(HalfFloats.bf16(Double.NEGATIVE_INFINITY))).isEqualTo(Float.NEGATIVE_INFINITY);
    }
}
