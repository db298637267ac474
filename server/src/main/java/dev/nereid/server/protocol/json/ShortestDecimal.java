package dev.nereid.server.protocol.json;

import java.math.BigInteger;

/**
 * Writes a double as the shortest decimal that reads back as the same double, of those the nearest, in the form of {@link
 * Double#toString(double)}, without an object in between. The digits are found as Raffaele Giulietti describes in "The
 * Schubfach way to render doubles" (2021): the bounds of the numbers that round to the double are scaled by a power of ten,
 * of which 126 bits are enough.
 */
final class ShortestDecimal {
    /** The most bytes that are written for a double, some of them behind its end. */
    static final int MOST_BYTES = 32;

    private static final int FRACTION_BITS = 52;
    private static final long HIDDEN_BIT = 1L << FRACTION_BITS;
    private static final int EXPONENT_MASK = 0x7FF;
    private static final int BIAS = 1075;
    private static final long LOW_63 = Long.MAX_VALUE;

    /** floor(log10(2) * 2^41), of the powers of two in question exact enough for their floor(log10). */
    private static final long LOG10_2 = 661_971_961_083L;

    private static final long LOG10_4_THIRDS = 274_743_187_321L;
    private static final int LOG10_SHIFT = 41;
    /** floor(log2(10) * 2^38). */
    private static final long LOG2_10 = 913_124_641_741L;

    private static final int LOG2_SHIFT = 38;

    /** Of every decimal that is written, the last ones possibly zeros. */
    private static final int DIGITS = 17;

    private static final long SIXTEEN_DIGITS = 10_000_000_000_000_000L;
    private static final long HUNDRED_MILLIONS = 100_000_000L;
    /** Digits before the point, or less by the zeros behind it, of numbers that are written without an exponent. */
    private static final int LEAST_PLAIN = -2;

    private static final int MOST_PLAIN = 7;

    /** {@code 0.000000} */
    private static final long ZERO_POINT = EightDigits.letters(0) ^ (('0' ^ '.') << 8);

    private static final long[] POWERS_OF_TEN = new long[19];

    static {
        long power = 1;
        for (int i = 0; i < POWERS_OF_TEN.length; i++) {
            POWERS_OF_TEN[i] = power;
            power *= 10;
        }
    }

    private ShortestDecimal() {}

    /** Powers of ten, made when the first double is written. */
    private static final class Powers {
        static final int LEAST = -292;
        static final int GREATEST = 324;
        /** Of 10^k the upper and the lower 63 bits of its 126 bits, rounded up, at 2(k - LEAST). */
        static final long[] BITS = new long[2 * (GREATEST - LEAST + 1)];

        private static final int SIZE = 126;

        static {
            BigInteger power = BigInteger.ONE;
            for (int k = 0; k <= GREATEST; k++) {
                put(
                        k,
                        power.bitLength() <= SIZE
                                ? power.shiftLeft(SIZE - power.bitLength())
                                : power.shiftRight(power.bitLength() - SIZE));
                if (k > 0 && -k >= LEAST) {
                    put(
                            -k,
                            BigInteger.ONE
                                    .shiftLeft(power.bitLength() + SIZE - 1)
                                    .divide(power));
                }
                power = power.multiply(BigInteger.TEN);
            }
        }

        private static void put(int k, BigInteger floor) {
            BigInteger bits = floor.add(BigInteger.ONE);
            BITS[2 * (k - LEAST)] = bits.shiftRight(63).longValueExact();
            BITS[2 * (k - LEAST) + 1] = bits.longValue() & LOW_63;
        }
    }

    /**
     * Writes a finite double.
     *
     * @param target has {@link #MOST_BYTES} bytes from {@code at} on
     * @return the offset behind the last byte
     */
    static int write(double value, byte[] target, int at) {
        long bits = Double.doubleToRawLongBits(value);
        int exponent = (int) (bits >>> FRACTION_BITS) & EXPONENT_MASK;
        if (exponent == 0) {
            return plain(Double.toString(value), target, at); // zero, or too small for this to pay
        }
        long c = (bits & (HIDDEN_BIT - 1)) | HIDDEN_BIT;
        int q = exponent - BIAS;
        boolean uneven = exponent > 1 && c == HIDDEN_BIT; // the next smaller double is only half as far away
        int k = (int) ((uneven ? q * LOG10_2 - LOG10_4_THIRDS : q * LOG10_2) >> LOG10_SHIFT);
        long f = decimal(c, q, k, uneven);
        // From here on what depends on a digit is no branch that somebody would have to guess.
        target[at] = '-';
        int position = at + (int) (bits >>> 63);
        boolean sixteen = f < SIXTEEN_DIGITS;
        long digits = sixteen ? 10 * f : f;
        long upper = digits / HUNDRED_MILLIONS;
        int first = (int) (upper / HUNDRED_MILLIONS);
        return format(
                first,
                EightDigits.of((int) (upper - first * HUNDRED_MILLIONS)),
                EightDigits.of((int) (digits - upper * HUNDRED_MILLIONS)),
                DIGITS + k - (sixteen ? 1 : 0),
                target,
                position);
    }

    @SuppressWarnings("deprecation") // the one way to copy ASCII without an array in between
    private static int plain(String text, byte[] target, int at) {
        text.getBytes(0, text.length(), target, at);
        return at + text.length();
    }

    /**
     * The {@code f} of the decimal {@code f * 10^k} for {@code c * 2^q}. As {@code 10^k <= 2^q < 10^(k+1)} and c has 53 bits, it
     * has 16 or 17 digits.
     */
    private static long decimal(long c, int q, int k, boolean uneven) {
        int h = q + (int) ((-k * LOG2_10) >> LOG2_SHIFT) + 2;
        int index = 2 * (-k - Powers.LEAST);
        long g1 = Powers.BITS[index];
        long g0 = Powers.BITS[index + 1];
        long middle = c << 2;
        long vb = scaled(g1, g0, middle << h);
        long lower = scaled(g1, g0, (middle - (uneven ? 1 : 2)) << h) + (c & 1);
        long upper = scaled(g1, g0, (middle + 2) << h) - (c & 1);
        long s = vb >> 2;
        // One digit less, if one of the two multiples of ten around the number is nearer than its neighbours. Masks of
        // all
        // bits or of none, not branches: nobody could guess which it is.
        long tens = s / 10 * 10;
        long tensFit = notNegative((tens << 2) - lower);
        long nextTensFit = notNegative(upper - ((tens + 10) << 2));
        long fits = notNegative((s << 2) - lower);
        long nextFits = notNegative(upper - ((s + 1) << 2));
        // Where both fit or none: the nearer one, of two as near the even one.
        long nearer = ~notNegative(vb - (s << 2) - 3 + (s & 1));
        long first = select(fits ^ nextFits, fits, nearer);
        return select(tensFit ^ nextTensFit, tens + (10 & ~tensFit), s + 1 + first);
    }

    /** All bits, or none of a negative number's. */
    private static long notNegative(long value) {
        return ~(value >> 63);
    }

    private static long select(long mask, long ifSet, long otherwise) {
        return (mask & ifSet) | (~mask & otherwise);
    }

    /** {@code g * c / 2^127}, where what is cut off sets the last bit. */
    private static long scaled(long g1, long g0, long c) {
        long x1 = Math.multiplyHigh(g0, c);
        long y0 = g1 * c;
        long y1 = Math.multiplyHigh(g1, c);
        long z = (y0 >>> 1) + x1;
        return (y1 + (z >>> 63)) | (((z & LOW_63) + LOW_63) >>> 63);
    }

    /**
     * Writes 17 digits without the zeros at their end.
     *
     * @param first the first of them
     * @param highDigits the next eight, as {@link EightDigits}
     * @param lowDigits the last eight
     * @param pointAt digits before the decimal point; 0 or less for zeros behind it
     * @param target has {@link #MOST_BYTES} bytes from {@code at} on
     */
    static int format(int first, long highDigits, long lowDigits, int pointAt, byte[] target, int at) {
        if (pointAt < LEAST_PLAIN || pointAt > MOST_PLAIN) {
            target[at] = (byte) ('0' + first);
            target[at + 1] = '.';
            EightDigits.write(EightDigits.letters(highDigits), target, at + 2);
            EightDigits.write(EightDigits.letters(lowDigits), target, at + 10);
            return exponent(pointAt - 1, target, at + 1 + Math.max(significant(highDigits, lowDigits), 2));
        }
        return plain(first, highDigits, lowDigits, pointAt, target, at);
    }

    /** The number of digits without the zeros at their end. */
    private static int significant(long highDigits, long lowDigits) {
        return lowDigits == 0
                ? 1 + Long.BYTES - (Long.numberOfLeadingZeros(highDigits) >> 3)
                : DIGITS - (Long.numberOfLeadingZeros(lowDigits) >> 3);
    }

    /** Writes them without an exponent: the point stands at most five zeros in front of them and seven digits behind the first. */
    static int plain(int first, long highDigits, long lowDigits, int pointAt, byte[] target, int at) {
        int significant = significant(highDigits, lowDigits);
        long high = EightDigits.letters(highDigits);
        long low = EightDigits.letters(lowDigits);
        if (pointAt <= 0) {
            int from = at + 2 - pointAt;
            EightDigits.write(ZERO_POINT, target, at);
            target[from] = (byte) ('0' + first);
            EightDigits.write(high, target, from + 1);
            EightDigits.write(low, target, from + 9);
            return from + significant;
        }
        // All digits one place to the right, over them those before the point, the point and what is behind it.
        EightDigits.write(high, target, at + 2);
        EightDigits.write(low, target, at + 10);
        long head = ('0' + first) | (high << 8);
        long before = (1L << (8 * pointAt)) - 1;
        EightDigits.write((head & before) | ((long) '.' << (8 * pointAt)) | ((head & ~before) << 8), target, at);
        return at + 1 + Math.max(significant, pointAt + 1);
    }

    private static int exponent(int exponent, byte[] target, int at) {
        int position = at;
        target[position++] = 'E';
        if (exponent < 0) {
            target[position++] = '-';
        }
        return integer(Math.abs(exponent), target, position);
    }

    /**
     * Writes an integer that is not negative.
     *
     * @param target has as many bytes as the number has digits from {@code at} on, and at least eight
     * @return the offset behind it
     */
    static int integer(long value, byte[] target, int at) {
        if (value < HUNDRED_MILLIONS) {
            int count = digitCount(value);
            long letters = EightDigits.letters(EightDigits.of((int) value));
            EightDigits.write(letters >>> (Byte.SIZE * (EightDigits.MOST - count)), target, at);
            return at + count;
        }
        long upper = value / HUNDRED_MILLIONS;
        int behind = integer(upper, target, at);
        EightDigits.write(
                EightDigits.letters(EightDigits.of((int) (value - upper * HUNDRED_MILLIONS))), target, behind);
        return behind + EightDigits.MOST;
    }

    private static int digitCount(long value) {
        // log10(2) is a little more than 1233 / 4096.
        int guess = ((Long.SIZE - Long.numberOfLeadingZeros(value | 1)) * 1233) >> 12;
        return value < POWERS_OF_TEN[guess] ? Math.max(guess, 1) : guess + 1;
    }
}
