package dev.nereid.server.protocol.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the JDK's own text of each double. */
class ShortestDecimalTest {
    private static final int OFFSET = 3;
    private static final int MANY = 300_000;

    private final byte[] target = new byte[OFFSET + ShortestDecimal.MOST_BYTES];

    private void writes(double value) {
        int end = ShortestDecimal.write(value, target, OFFSET);
        assertThat(new String(target, OFFSET, end - OFFSET, StandardCharsets.US_ASCII))
                .isEqualTo(Double.toString(value));
    }

    @ParameterizedTest
    @ValueSource(
            doubles = {
                0.0,
                -0.0,
                1.0,
                -1.5,
                0.001,
                1.0E7,
                9999999.999999998,
                123456.7,
                1.0E22,
                1.0E23,
                2.0E-3,
                Double.MIN_VALUE,
                1.0E-310,
                Double.MIN_NORMAL,
                9007199254740994.0,
                Double.MAX_VALUE,
                -Double.MAX_VALUE,
                0.10000000149011612,
                4.35,
                100.5
            })
    void writesWhatIsSpecial(double value) {
        writes(value);
    }

    @Test
    void writesEveryPowerOfTwoAndItsNeighbours() {
        for (int exponent = Double.MIN_EXPONENT; exponent <= Double.MAX_EXPONENT; exponent++) {
            double power = Math.scalb(1.0, exponent);
            writes(power);
            writes(Math.nextUp(power));
            writes(-Math.nextDown(power));
        }
    }

    @Test
    void writesAnyDoubleAnyFloatAndShortDecimals() {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < MANY; i++) {
            double any = Double.longBitsToDouble(random.nextLong());
            if (Double.isFinite(any)) {
                writes(any);
            }
            float single = Float.intBitsToFloat(random.nextInt());
            if (Float.isFinite(single)) {
                writes(single);
            }
            writes(random.nextFloat() * 2 - 1);
            writes(random.nextInt(1_000_000) / Math.pow(10, random.nextInt(12)));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 9, 10, 99, 100, 12345, 99_999_999, 100_000_000, 1_000_000_000_000_000L, Long.MAX_VALUE})
    void writesIntegers(long value) {
        int end = ShortestDecimal.integer(value, target, OFFSET);
        assertThat(new String(target, OFFSET, end - OFFSET, StandardCharsets.US_ASCII))
                .isEqualTo(Long.toString(value));
    }
}
