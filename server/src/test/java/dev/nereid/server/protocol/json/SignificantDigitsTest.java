package dev.nereid.server.protocol.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.text.FloatDecimals;
import dev.nereid.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Floats and doubles as TensorFlow Serving writes them, held against the rule worked out with BigDecimal. */
class SignificantDigitsTest {
    private static final int CASES = 200_000;
    private static final long SEED = 31;

    private static String text(float value) {
        byte[] target = new byte[SignificantDigits.MOST_BYTES];
        return new String(target, 0, SignificantDigits.write(value, target, 0), StandardCharsets.US_ASCII);
    }

    private static String text(double value) {
        byte[] target = new byte[SignificantDigits.MOST_BYTES];
        return new String(target, 0, SignificantDigits.write(value, target, 0), StandardCharsets.US_ASCII);
    }

    /** C's %g with so many digits, and .0 behind what looks like an integer. */
    private static String general(BigDecimal exact, int digits) {
        BigDecimal rounded = exact.abs().round(new MathContext(digits, RoundingMode.HALF_EVEN));
        int exponent = rounded.precision() - rounded.scale() - 1;
        String sign = exact.signum() < 0 ? "-" : "";
        if (exponent < -4 || exponent >= digits) {
            BigDecimal mantissa = rounded.movePointLeft(exponent).stripTrailingZeros();
            return sign
                    + mantissa.toPlainString()
                    + (exponent < 0 ? "e-" : "e+")
                    + (Math.abs(exponent) < 10 ? "0" : "")
                    + Math.abs(exponent);
        }
        String plain = rounded.stripTrailingZeros().toPlainString();
        return sign + plain + (plain.contains(".") ? "" : ".0");
    }

    @ParameterizedTest
    @CsvSource({
        "0.1, 0.1",
        "0.33333334, 0.333333343",
        "3, 3.0",
        "9000000, 9e+06",
        "0.00003, 3e-05",
        "0.0001, 0.0001",
        "123456, 123456.0",
        "1234567, 1234567.0",
        "0, 0.0",
        "-0.0, -0.0",
        "1e-45, 1.4013e-45",
        "3.4028235e38, 3.40282347e+38",
        "0.1245276, 0.124527603",
        "999999.5, 999999.5",
        "16777216, 16777216.0",
        "-2.5e-7, -2.5e-07",
        "NaN, NaN",
        "Infinity, Infinity",
        "-Infinity, -Infinity"
    })
    void knownFloats(float value, String expected) {
        assertThat(text(value)).isEqualTo(expected);
    }

    @Test
    void floatsOfWhichDecimalsAreKnownAreWrittenAlike() {
        Random random = new Random(SEED);
        try (NativeMemory memory =
                NativeMemory.allocate(FloatDecimals.SCRATCH_BYTES + (long) Float.BYTES * FloatDecimals.BLOCK)) {
            MemorySegment decimals = memory.segment().asSlice(0, FloatDecimals.SCRATCH_BYTES);
            MemorySegment floats = memory.segment().asSlice(FloatDecimals.SCRATCH_BYTES);
            for (int block = 0; block < CASES / FloatDecimals.BLOCK; block++) {
                for (int i = 0; i < FloatDecimals.BLOCK; i++) {
                    floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, covered(random, block));
                }
                assertThat(FloatDecimals.find(floats, 0, FloatDecimals.BLOCK, decimals))
                        .isTrue();
                for (int i = 0; i < FloatDecimals.BLOCK; i++) {
                    float value = floats.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                    byte[] target = new byte[SignificantDigits.MOST_BYTES];
                    int length = SignificantDigits.write(value, decimals, i, target, 0);
                    assertThat(new String(target, 0, length, StandardCharsets.US_ASCII))
                            .isEqualTo(text(value));
                }
            }
        }
    }

    /** Floats of all sizes that have decimals, short ones, and such as lie half-way between two of nine digits. */
    private static float covered(Random random, int block) {
        int sign = random.nextBoolean() ? 1 : -1;
        return sign
                * switch (block % 4) {
                    case 0 -> random.nextFloat() * (float) Math.pow(2, random.nextInt(70) - 48);
                    case 1 -> random.nextInt(1_000_000) / (float) Math.pow(10, random.nextInt(8));
                    case 2 -> random.nextInt(1 << 24) / (float) (1 << random.nextInt(24));
                    default -> random.nextFloat() * 2 - 1;
                };
    }

    @Test
    void floatsFollowTheRule() {
        Random random = new Random(SEED);
        for (int i = 0; i < CASES; i++) {
            float value = i % 3 == 0
                    ? Float.intBitsToFloat(random.nextInt())
                    : i % 3 == 1
                            ? (float) (random.nextInt(2_000_000) - 1_000_000) / (float) Math.pow(10, random.nextInt(8))
                            : random.nextFloat() * (float) Math.pow(2, random.nextInt(40) - 20);
            if (value == 0 || !Float.isFinite(value)) {
                continue;
            }
            BigDecimal exact = new BigDecimal(value);
            String few = general(exact, 6);
            String expected = Float.parseFloat(few) == value ? few : general(exact, 9);
            assertThat(text(value))
                    .as("%s (%x)", value, Float.floatToRawIntBits(value))
                    .isEqualTo(expected);
        }
    }

    @Test
    void doublesFollowTheRule() {
        Random random = new Random(SEED);
        for (int i = 0; i < CASES / 20; i++) {
            double value = i % 2 == 0
                    ? Double.longBitsToDouble(random.nextLong())
                    : (random.nextInt(2_000_000) - 1_000_000) / Math.pow(10, random.nextInt(8));
            if (value == 0 || !Double.isFinite(value)) {
                continue;
            }
            BigDecimal exact = new BigDecimal(value);
            String few = general(exact, 6);
            String expected = Double.parseDouble(few) == value ? few : general(exact, 17);
            assertThat(text(value)).as("%s", value).isEqualTo(expected);
        }
    }
}
