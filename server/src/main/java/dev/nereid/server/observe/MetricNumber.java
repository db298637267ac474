package dev.nereid.server.observe;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Numbers as Triton's metrics have them: as C prints them with up to 16 digits, 0.0005, but 5e-05. */
final class MetricNumber {
    private static final MathContext DIGITS = new MathContext(16, RoundingMode.HALF_EVEN);

    /** Of the smallest numbers that are written without an exponent. */
    private static final int LEAST_PLAIN_EXPONENT = -4;

    private MetricNumber() {}

    static String text(double value) {
        if (Double.isNaN(value)) {
            return "Nan";
        }
        if (Double.isInfinite(value)) {
            return value < 0 ? "-Inf" : "+Inf";
        }
        if (value == Math.rint(value) && Math.abs(value) < 1L << 53) {
            return Long.toString((long) value);
        }
        BigDecimal rounded = new BigDecimal(value).round(DIGITS).stripTrailingZeros();
        int exponent = rounded.precision() - rounded.scale() - 1;
        if (exponent >= LEAST_PLAIN_EXPONENT && exponent < DIGITS.getPrecision()) {
            return rounded.toPlainString();
        }
        String mantissa = rounded.scaleByPowerOfTen(-exponent).toPlainString();
        return String.format(Locale.ROOT, "%se%s%02d", mantissa, exponent < 0 ? "-" : "+", Math.abs(exponent));
    }
}
