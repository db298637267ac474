package dev.nereid.server.protocol.json;

import dev.nereid.kernels.text.FloatDecimals;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/**
 * Writes floats and doubles with as many significant digits as they need, as TensorFlow Serving does: with six significant digits where these read back as the same number,
 * else with as many as its type may need, in the form of C's {@code %g}, and with {@code .0} behind what looks like an integer.
 * Source: WriteDecimal in json_tensor.cc.
 */
public final class SignificantDigits {
    /** The most bytes that are written for a number, some of them behind its end. */
    public static final int MOST_BYTES = 32;

    private static final int FEW = 6;
    private static final int FLOAT_DIGITS = 9;
    private static final int DOUBLE_DIGITS = 17;

    /** Where the point of nine digits is at least and at most if there is no exponent. */
    private static final int LEAST_POINT = -3;

    private static final int MOST_POINT = 7;

    private static final int MANTISSA_BITS = 23;
    private static final int BIAS = 150;

    /** Floats between these are found with integers of 128 bits; the rest is rare. */
    private static final float LEAST = 1e-10f;

    private static final float GREATEST = 1e9f;
    private static final int LEAST_EXPONENT = -10;

    /** Floats between which and the next double lie exactly half of their neighbours: rounding twice may go wrong. */
    private static final long BELOW_FLOAT = (1L << 29) - 1;

    private static final long HALF_FLOAT = 1L << 28;

    private static final long[] POWERS = new long[19];
    /** From 10^LEAST_EXPONENT on. */
    private static final double[] BOUNDS = new double[-LEAST_EXPONENT + 11];

    static {
        long power = 1;
        for (int i = 0; i < POWERS.length; i++) {
            POWERS[i] = power;
            power *= 10;
        }
        for (int i = 0; i < BOUNDS.length; i++) {
            BOUNDS[i] = Double.parseDouble("1e" + (i + LEAST_EXPONENT));
        }
    }

    private SignificantDigits() {}

    /**
     * Writes a float.
     *
     * @param target has {@link #MOST_BYTES} bytes from {@code at} on
     * @return the offset behind the last byte
     */
    public static int write(float value, byte[] target, int at) {
        float size = Math.abs(value);
        if (!(size >= LEAST && size < GREATEST)) {
            return rare(value, size, target, at);
        }
        int bits = Float.floatToRawIntBits(size);
        long mantissa = (bits & ((1 << MANTISSA_BITS) - 1)) | (1 << MANTISSA_BITS);
        int power = (bits >>> MANTISSA_BITS) - BIAS;
        int exponent = exponent(size);
        int position = sign(value < 0, target, at);
        long all = digits(mantissa, power, FLOAT_DIGITS - 1 - exponent);
        if (mayBeFew((int) all % 1000)) {
            long few = digits(mantissa, power, FEW - 1 - exponent);
            if (isSame(few, FEW - 1 - exponent, size)) {
                return few == POWERS[FEW]
                        ? format(few / 10, FEW, exponent + 1, target, position)
                        : format(few, FEW, exponent, target, position);
            }
        }
        return all == POWERS[FLOAT_DIGITS]
                ? format(all / 10, FLOAT_DIGITS, exponent + 1, target, position)
                : nineDigits(all, exponent, target, position);
    }

    /**
     * Writes a float of which 17 digits were found.
     *
     * @param decimals what {@link FloatDecimals#find} found
     * @param index of the float there
     * @param target has {@link #MOST_BYTES} bytes from {@code at} on
     * @return the offset behind the last byte
     */
    public static int write(float value, MemorySegment decimals, int index, byte[] target, int at) {
        int bits = Float.floatToRawIntBits(value);
        if (!FloatDecimals.isCovered(bits)) {
            return write(value, target, at);
        }
        long digits = FloatDecimals.upper(decimals, index); // the second to the ninth
        long rest = FloatDecimals.lower(decimals, index);
        int pointAt = FloatDecimals.point(decimals, index);
        // No shorter decimal lies between the 17 digits and the float, so both are rounded alike but for half of the
        // ninth digit.
        int up = (rest & 0xFF) >= 5 ? 1 : 0;
        int last = (int) (digits >>> 56) + up;
        int lastThree = (int) (digits >>> 40 & 0xFF) * 100 + (int) (digits >>> 48 & 0xFF) * 10 + last;
        if (rest == 5 || last == 10 || mayBeFew(lastThree) || pointAt < LEAST_POINT || pointAt > MOST_POINT) {
            return write(value, target, at);
        }
        return ShortestDecimal.plain(
                FloatDecimals.first(decimals, index),
                digits + ((long) up << 56),
                0,
                pointAt,
                target,
                sign(bits < 0, target, at));
    }

    /** Whether six of nine digits can be the same float: half of its last place is no more than 60 of the ninth digit. */
    private static boolean mayBeFew(int lastThree) {
        return lastThree <= 61 || lastThree >= 939;
    }

    /** Writes nine digits, as the other method does, eight of them at a time. */
    private static int nineDigits(long digits, int exponent, byte[] target, int at) {
        if (exponent < -4 || exponent >= FLOAT_DIGITS || (int) digits % 10 == 0) {
            return format(digits, FLOAT_DIGITS, exponent, target, at);
        }
        int first = (int) (digits / 100_000_000);
        long letters = EightDigits.letters(EightDigits.of((int) (digits - first * 100_000_000L)));
        int position = at;
        if (exponent < 0) {
            target[position] = '0';
            target[position + 1] = '.';
            target[position + 2] = '0';
            target[position + 3] = '0';
            target[position + 4] = '0';
            position += 1 - exponent;
            target[position] = (byte) ('0' + first);
            EightDigits.write(letters, target, position + 1);
            return position + FLOAT_DIGITS;
        }
        if (exponent == FLOAT_DIGITS - 1) {
            return format(digits, FLOAT_DIGITS, exponent, target, at);
        }
        target[position] = (byte) ('0' + first);
        // The digits behind the point stand one further to the right than those in front of it.
        EightDigits.write(letters, target, position + 2);
        for (int i = 1; i <= exponent; i++) {
            target[position + i] = target[position + i + 1];
        }
        target[position + exponent + 1] = '.';
        return position + FLOAT_DIGITS + 1;
    }

    private static int rare(float value, float size, byte[] target, int at) {
        if (size == 0 || !Float.isFinite(value)) {
            return word(value, target, at);
        }
        BigDecimal exact = new BigDecimal(size);
        BigDecimal few = rounded(exact, FEW);
        return format(
                few.floatValue() == size ? few : rounded(exact, FLOAT_DIGITS),
                few.floatValue() == size ? FEW : FLOAT_DIGITS,
                target,
                sign(value < 0, target, at));
    }

    /**
     * Writes a double.
     *
     * @param target has {@link #MOST_BYTES} bytes from {@code at} on
     * @return the offset behind the last byte
     */
    public static int write(double value, byte[] target, int at) {
        double size = Math.abs(value);
        if (size == 0 || !Double.isFinite(value)) {
            return word(value, target, at);
        }
        BigDecimal exact = new BigDecimal(size);
        BigDecimal few = rounded(exact, FEW);
        boolean same = few.doubleValue() == size;
        return format(
                same ? few : rounded(exact, DOUBLE_DIGITS),
                same ? FEW : DOUBLE_DIGITS,
                target,
                sign(value < 0, target, at));
    }

    private static BigDecimal rounded(BigDecimal exact, int digits) {
        return exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
    }

    private static int sign(boolean negative, byte[] target, int at) {
        target[at] = '-';
        return negative ? at + 1 : at;
    }

    /** Zeros and what is no number. */
    private static int word(double value, byte[] target, int at) {
        byte[] word = Double.toString(value).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(word, 0, target, at, word.length);
        return at + word.length;
    }

    /** The power of ten of the first digit. */
    private static int exponent(float size) {
        // The exponent of two gives it or one less.
        int guess = (int) ((Math.getExponent(size) * 78_913L) >> 18);
        return size >= BOUNDS[guess + 1 - LEAST_EXPONENT] ? guess + 1 : guess;
    }

    /** The integer nearest to {@code mantissa * 2^power * 10^scale}, the even one of two. */
    private static long digits(long mantissa, int power, int scale) {
        if (scale < 0) { // more digits in front of the point than are written
            long divisor = POWERS[-scale] << Math.max(-power, 0);
            long dividend = mantissa << Math.max(power, 0);
            return nearest(dividend / divisor, dividend % divisor, divisor);
        }
        long low = mantissa * POWERS[scale];
        if (power >= 0) {
            return low << power;
        }
        long high = Math.multiplyHigh(mantissa, POWERS[scale]);
        int shift = -power;
        long quotient = (high << (Long.SIZE - shift)) | (low >>> shift);
        return nearest(quotient, low & ((1L << shift) - 1), 1L << shift);
    }

    private static long nearest(long quotient, long rest, long divisor) {
        long twice = 2 * rest;
        return twice > divisor || (twice == divisor && (quotient & 1) == 1) ? quotient + 1 : quotient;
    }

    /** Whether {@code digits / 10^scale} is nearer to a float than to any other one. */
    private static boolean isSame(long digits, int scale, float size) {
        double value = scale >= 0 ? digits / (double) POWERS[scale] : (double) (digits * POWERS[-scale]);
        if ((Double.doubleToRawLongBits(value) & BELOW_FLOAT) == HALF_FLOAT) {
            return Float.parseFloat(digits + "e" + -scale) == size;
        }
        return (float) value == size;
    }

    private static int format(BigDecimal decimal, int digits, byte[] target, int at) {
        int exponent = decimal.precision() - decimal.scale() - 1;
        long unscaled = decimal.setScale(digits - 1 - exponent).unscaledValue().longValueExact();
        return format(unscaled, digits, exponent, target, at);
    }

    /**
     * Writes digits in the form of {@code %g}.
     *
     * @param count how many there are
     * @param exponent the power of ten of the first one
     */
    private static int format(long digits, int count, int exponent, byte[] target, int at) {
        long significant = digits;
        int length = count;
        while (length > 1 && significant % 10 == 0) {
            significant /= 10;
            length--;
        }
        if (exponent < -4 || exponent >= count) {
            return scientific(significant, length, exponent, target, at);
        }
        int position = at;
        if (exponent < 0) {
            target[position++] = '0';
            target[position++] = '.';
            for (int i = exponent + 1; i < 0; i++) {
                target[position++] = '0';
            }
            return put(significant, length, target, position);
        }
        int whole = exponent + 1;
        if (length <= whole) {
            position = put(significant * POWERS[whole - length], whole, target, position);
            target[position++] = '.';
            target[position++] = '0';
            return position;
        }
        position = put(significant / POWERS[length - whole], whole, target, position);
        target[position++] = '.';
        return put(significant % POWERS[length - whole], length - whole, target, position);
    }

    private static int scientific(long digits, int length, int exponent, byte[] target, int at) {
        int position = put(digits / POWERS[length - 1], 1, target, at);
        if (length > 1) {
            target[position++] = '.';
            position = put(digits % POWERS[length - 1], length - 1, target, position);
        }
        target[position++] = 'e';
        target[position++] = (byte) (exponent < 0 ? '-' : '+');
        int size = Math.abs(exponent);
        return put(size, size < 100 ? 2 : 3, target, position);
    }

    /** Writes so many digits of a number, zeros in front. */
    private static int put(long number, int count, byte[] target, int at) {
        long rest = number;
        for (int i = at + count - 1; i >= at; i--) {
            target[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return at + count;
    }
}
