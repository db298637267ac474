package dev.nereid.models.operators.quantized;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Products with fixed-point factors against arithmetic without limits. */
class FixedPointScaleTest {
    private static final BigDecimal TWO = BigDecimal.TWO;

    @Test
    void theProductIsRoundedTwice() {
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 100_000; i++) {
            int value = random.nextInt() >> random.nextInt(32);
            int multiplier = random.nextInt(1 << 30, Integer.MAX_VALUE);
            int shift = -random.nextInt(31);
            BigDecimal high = nearest(product(value, multiplier).divide(TWO.pow(31)), RoundingMode.HALF_UP, value);
            BigDecimal expected = high.divide(TWO.pow(-shift)).setScale(0, RoundingMode.HALF_UP);
            assertThat(FixedPointScale.scale(value, multiplier, shift))
                    .as("%d * %d * 2^(%d - 31)", value, multiplier, shift)
                    .isEqualTo(expected.intValueExact());
        }
    }

    @Test
    void theProductIsRoundedOnceWithHalvesUpwards() {
        SplittableRandom random = new SplittableRandom(6);
        for (int i = 0; i < 100_000; i++) {
            int value = random.nextInt() >> random.nextInt(32);
            int multiplier = random.nextInt(1 << 30, Integer.MAX_VALUE);
            int shift = 3 - random.nextInt(30);
            BigDecimal exact = product(value, multiplier).multiply(new BigDecimal(Math.scalb(1.0, shift - 31)));
            BigDecimal expected = exact.add(new BigDecimal("0.5")).setScale(0, RoundingMode.FLOOR);
            assertThat(FixedPointScale.scaleOnce(value, multiplier, shift)).isEqualTo(expected.longValueExact());
        }
    }

    @Test
    void theLeastProductsDoNotOverflow() {
        assertThat(FixedPointScale.scale(Integer.MIN_VALUE, Integer.MIN_VALUE, 0))
                .isEqualTo(Integer.MAX_VALUE);
        assertThat(FixedPointScale.scale(-8, 1 << 30, -3)).isEqualTo(-1);
        assertThat(FixedPointScale.scale(-8, 1 << 30, -3 - 60)).isZero();
    }

    private static BigDecimal product(int value, int multiplier) {
        return new BigDecimal(BigInteger.valueOf(value).multiply(BigInteger.valueOf(multiplier)));
    }

    /** Halves of positive numbers go up, those of negative ones too. */
    private static BigDecimal nearest(BigDecimal number, RoundingMode halves, int sign) {
        return number.setScale(0, sign < 0 ? RoundingMode.HALF_DOWN : halves);
    }
}
