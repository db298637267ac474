package dev.nereid.kernels.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Against the JDK's own text of each float as a double. */
class FloatDecimalsTest extends KernelTest {
    private static final int SEVENTEEN = 17;

    private final MemorySegment floats = allocate((long) FloatDecimals.BLOCK * Float.BYTES);
    private final MemorySegment scratch = allocate(FloatDecimals.SCRATCH_BYTES);

    private void agree(float[] values, int count) {
        MemorySegment.copy(values, 0, floats, ValueLayout.JAVA_FLOAT, 0, count);
        warmUp(() -> FloatDecimals.find(floats, 0, count, scratch));
        int covered = 0;
        for (int i = 0; i < count; i++) {
            covered += FloatDecimals.isCovered(Float.floatToRawIntBits(values[i])) ? 1 : 0;
        }
        boolean found = FloatDecimals.find(floats, 0, count, scratch);
        assertThat(found).isEqualTo(covered >= count / 4);
        for (int i = 0; i < count; i++) {
            if (found && FloatDecimals.isCovered(Float.floatToRawIntBits(values[i]))) {
                assertThat(decimal(i)).as("%s", values[i]).isEqualByComparingTo(Double.toString(Math.abs((double)
                        values[i])));
            }
        }
    }

    private BigDecimal decimal(int index) {
        StringBuilder digits = new StringBuilder().append(FloatDecimals.first(scratch, index));
        for (long word : new long[] {FloatDecimals.upper(scratch, index), FloatDecimals.lower(scratch, index)}) {
            for (int i = 0; i < Long.BYTES; i++) {
                digits.append(word >>> (i * Byte.SIZE) & 0xFF);
            }
        }
        assertThat(digits).hasSize(SEVENTEEN);
        return new BigDecimal(new BigInteger(digits.toString()), SEVENTEEN - FloatDecimals.point(scratch, index));
    }

    @Test
    void digitsAreThoseOfTheShortestDecimal() {
        SplittableRandom random = new SplittableRandom(8);
        for (int count : new int[] {0, 1, LANES - 1, LANES, LANES + 1, 61, 255, FloatDecimals.BLOCK}) {
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = random.nextFloat() * 2 - 1;
            }
            agree(values, count);
        }
    }

    @Test
    void everyExponentHasAllKindsOfSignificands() {
        SplittableRandom random = new SplittableRandom(9);
        for (int exponent = 0; exponent < 256; exponent++) {
            float[] values = new float[FloatDecimals.BLOCK];
            for (int i = 0; i < values.length; i++) {
                int significand = i < 64 ? i : i < 128 ? -i : random.nextInt() >>> 9 & -1 << random.nextInt(23);
                values[i] = Float.intBitsToFloat(exponent << 23 | (significand & 0x7FFFFF));
            }
            agree(values, values.length);
        }
    }

    @Test
    void whatIsUsualIsCovered() {
        for (float value : new float[] {0.1f, -3, 1e-6f, 0.001f, 12345.678f, 8_000_000f, 5e-8f}) {
            assertThat(FloatDecimals.isCovered(Float.floatToRawIntBits(value)))
                    .as("%s", value)
                    .isTrue();
        }
        for (float value : SPECIAL_FLOATS) {
            boolean odd = value == 0
                    || Math.abs(value) == 1
                    || Math.abs(value) == 0.5f
                    || Math.abs(value) >= 0x1p23f
                    || !(Math.abs(value) > 1e-15f);
            assertThat(FloatDecimals.isCovered(Float.floatToRawIntBits(value)))
                    .as("%s", value)
                    .isEqualTo(!odd);
        }
    }

    @Test
    void theLoopBecomesFastOnceItIsCompiled() {
        float[] values = randomFloats(4, FloatDecimals.BLOCK, -1, 1);
        agree(values, values.length);
        assertThat(FloatDecimals.WARM_UP.becomesFast()).isTrue();
        agree(values, values.length);
    }
}
