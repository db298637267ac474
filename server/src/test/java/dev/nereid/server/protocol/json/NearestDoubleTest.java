package dev.nereid.server.protocol.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Against the JDK's reading of the same decimals. */
class NearestDoubleTest {
    private static final int MANY = 300_000;

    /** Compares where it decides; returns whether it did. */
    private static boolean agrees(long mantissa, int power) {
        double value = NearestDouble.of(mantissa, power);
        if (Double.isNaN(value)) {
            return false;
        }
        String text = Long.toUnsignedString(mantissa) + "e" + power;
        assertThat(value).as(text).isEqualTo(Double.parseDouble(text));
        return true;
    }

    @Test
    void anyDigitsTimesAnyPowerGiveTheNearest() {
        SplittableRandom random = new SplittableRandom(3);
        int decided = 0;
        for (int i = 0; i < MANY; i++) {
            decided += agrees(random.nextLong() >>> random.nextInt(64), random.nextInt(640) - 320) ? 1 : 0;
        }
        assertThat(decided).isGreaterThan(MANY * 8 / 10);
    }

    @Test
    void usualDecimalsAreAllDecided() {
        SplittableRandom random = new SplittableRandom(4);
        for (int i = 0; i < MANY; i++) {
            assertThat(agrees(random.nextLong(1_000_000_000_000_000_000L), -random.nextInt(30)))
                    .isTrue();
        }
    }

    @Test
    void whatLiesBetweenTwoDoublesGoesToTheEvenOne() {
        SplittableRandom random = new SplittableRandom(5);
        for (int bits = 1; bits <= 11; bits++) {
            for (int i = 0; i < 1000; i++) {
                long middle = (random.nextLong() | Long.MIN_VALUE) >>> (11 - bits);
                middle = middle >>> bits << bits | 1L << (bits - 1);
                for (int step = -1; step <= 1; step++) {
                    assertThat(agrees(middle + step, 0)).isTrue();
                }
                BigInteger five = BigInteger.valueOf(5).pow(4);
                if (BigInteger.valueOf(middle >>> 11).multiply(five).bitLength() < 63) {
                    agrees((middle >>> 11) * 625, -4);
                }
            }
        }
    }

    @Test
    void theLimitsAreLeftToOthersOrRight() {
        for (String text : new String[] {"17976931348623157e292", "22250738585072014e-324", "4940656458412465e-339"}) {
            BigDecimal decimal = new BigDecimal(text);
            agrees(decimal.unscaledValue().longValueExact(), -decimal.scale());
        }
        assertThat(NearestDouble.of(0, 100)).isZero();
        assertThat(NearestDouble.of(1, 400)).isNaN();
        assertThat(NearestDouble.of(1, -400)).isNaN();
    }
}
