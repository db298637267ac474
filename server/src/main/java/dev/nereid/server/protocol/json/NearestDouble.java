package dev.nereid.server.protocol.json;

import java.math.BigInteger;

/**
 * The double next to a decimal {@code mantissa * 10^power}, of two as near the even one. What is a product or quotient of two
 * exact doubles is computed as such (Clinger's fast path); else the mantissa is multiplied by 128 bits of the power of five,
 * as Daniel Lemire describes in "Number parsing at a gigabyte per second" (2021).
 */
final class NearestDouble {
    /** Where {@link #of} does not know: the digits must be looked at by somebody slower. */
    static final double UNDECIDED = Double.NaN;

    /** Integers up to here are doubles. */
    private static final int EXACT_BITS = 53;

    private static final double[] POWERS_OF_TEN = {
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22
    };
    private static final int MOST_EXACT_POWER = POWERS_OF_TEN.length - 1;

    private static final int FRACTION_BITS = 52;
    private static final int BIAS = 1023;
    private static final int GREATEST_EXPONENT = 2 * BIAS;
    /** Of the product's upper half, those below the fraction and the bit that rounds it. */
    private static final int BITS_BELOW = Long.SIZE - FRACTION_BITS - 3;

    private static final long ALL_BELOW = (1L << BITS_BELOW) - 1;
    /** floor(log2(10) * 2^16). */
    private static final long LOG2_10 = 217_706;

    private static final int LOG2_SHIFT = 16;
    /** Between these a product may lie exactly in the middle of two doubles. */
    private static final int LEAST_TIE = -4;

    private static final int MOST_TIE = 23;

    private NearestDouble() {}

    /** Powers of five, made when the first number needs one. */
    private static final class Fives {
        static final int LEAST = -330;
        static final int GREATEST = 308;
        /** Of 5^k the upper and the lower half of its first 128 bits, at 2(k - LEAST); rounded up where k is negative. */
        static final long[] BITS = new long[2 * (GREATEST - LEAST + 1)];

        private static final int SIZE = 128;

        static {
            BigInteger five = BigInteger.ONE;
            for (int k = 0; k <= -LEAST; k++) {
                if (k <= GREATEST) {
                    put(k, five.shiftLeft(SIZE).shiftRight(five.bitLength()));
                }
                if (k > 0) {
                    BigInteger inverse = BigInteger.ONE.shiftLeft(five.bitLength() + SIZE - 1);
                    put(-k, inverse.divide(five).add(BigInteger.ONE));
                }
                five = five.multiply(BigInteger.valueOf(5));
            }
        }

        private static void put(int k, BigInteger bits) {
            BITS[2 * (k - LEAST)] = bits.shiftRight(Long.SIZE).longValue();
            BITS[2 * (k - LEAST) + 1] = bits.longValue();
        }
    }

    /**
     * The nearest double; {@link #UNDECIDED} where it is infinite, subnormal or too near to a middle.
     *
     * @param mantissa an unsigned number
     */
    static double of(long mantissa, int power) {
        if (mantissa >>> EXACT_BITS == 0 && power >= -MOST_EXACT_POWER && power <= MOST_EXACT_POWER) {
            return power < 0 ? mantissa / POWERS_OF_TEN[-power] : mantissa * POWERS_OF_TEN[power];
        }
        return scaled(mantissa, power);
    }

    /** As {@link #of} with a power of {@code -places}, at most 22 of them. */
    static double fraction(long mantissa, int places) {
        return mantissa >>> EXACT_BITS == 0 ? mantissa / POWERS_OF_TEN[places] : scaled(mantissa, -places);
    }

    private static double scaled(long mantissa, int power) {
        if (mantissa == 0) {
            return 0;
        }
        if (power < Fives.LEAST || power > Fives.GREATEST) {
            return UNDECIDED;
        }
        int zeros = Long.numberOfLeadingZeros(mantissa);
        long digits = mantissa << zeros;
        int at = 2 * (power - Fives.LEAST);
        long five = Fives.BITS[at];
        long high = Math.unsignedMultiplyHigh(digits, five);
        long low = digits * five;
        if ((high & ALL_BELOW) == ALL_BELOW) {
            // The lower half of the power may carry into what is looked at.
            long carry = Math.unsignedMultiplyHigh(digits, Fives.BITS[at + 1]);
            low += carry;
            high += Long.compareUnsigned(low, carry) < 0 ? 1 : 0;
            if (low == -1) {
                return UNDECIDED;
            }
        }
        int first = (int) (high >>> (Long.SIZE - 1));
        int shift = first + BITS_BELOW;
        long fraction = high >>> shift;
        int exponent = (int) ((LOG2_10 * power) >> LOG2_SHIFT) + Long.SIZE - 1 + first - zeros + BIAS;
        if (exponent <= 0 || exponent >= GREATEST_EXPONENT) {
            return UNDECIDED;
        }
        boolean middle = (low == 0 || low == 1)
                && power >= LEAST_TIE
                && power <= MOST_TIE
                && (fraction & 3) == 1
                && fraction << shift == high;
        long rounded = middle ? fraction >>> 1 : (fraction + (fraction & 1)) >>> 1;
        // What carries out of the fraction counts up the exponent; so does the hidden bit, which is one too many.
        return Double.longBitsToDouble(rounded + ((exponent - 1L) << FRACTION_BITS));
    }
}
