package dev.nereid.kernels.text;

import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The shortest decimals that read back as the same <em>double</em>, of those the nearest, for doubles that are floats, a block
 * of them at a time: the decimals of {@link Double#toString(double)}.
 *
 * <p>A float has 24 bits, m * 2^e, so between 2^-51 and 2^23 nothing has to be rounded: of {@code 4 * m * 2^e * 10^-k}, where
 * k makes it 16 or 17 digits, m is multiplied by 35 bits in front of the binary point and 40 behind it, which is all that
 * 2^(e+2) * 10^-k has. The doubles on both sides are half of 2^-29 units of m away, so what lies between is known exactly
 * too. Powers of two, whose neighbours are not alike, are not covered.
 *
 * <p>All methods work on a scratch area of {@link #SCRATCH_BYTES}, which one thread uses at a time.
 */
public final class FloatDecimals {
    /** The most floats of one call. */
    public static final int BLOCK = 256;

    private static final VectorSpecies<Long> SPECIES = LongVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ORDER);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);

    private static final long ROW = (long) BLOCK * Long.BYTES;
    /** The significand m of each float, both halves of what it is multiplied by, and from there on what is found. */
    private static final long WHOLES = ROW;

    private static final long FRACTIONS = 2 * ROW;
    private static final long UPPER = 3 * ROW;
    private static final long LOWER = 4 * ROW;
    private static final long HEADS = 5 * ROW;

    /** Bytes of the area that a block is computed in, aligned to {@link dev.nereid.memory.NativeMemory#ALIGNMENT}. */
    public static final long SCRATCH_BYTES = 6 * ROW;

    private static final int SIGNIFICAND_BITS = 23;
    private static final int HIDDEN_BIT = 1 << SIGNIFICAND_BITS;
    private static final int EXPONENT_MASK = 0xFF;
    /** Biased exponents that are covered. */
    private static final int LEAST_EXPONENT = 76;

    private static final int MOST_EXPONENT = 149;
    /** From a biased exponent to that of a double's last bit. */
    private static final int LAST_BIT = 179;

    private static final int DIGITS = 17;
    /** Of the binary fraction. */
    private static final int FRACTION_BITS = 40;

    private static final long FRACTION = (1L << FRACTION_BITS) - 1;
    /** A factor is for 4 m with m of 24 bits, where a double has 53. */
    private static final int FACTOR_SHIFT = 31;
    /** How much of a factor is half the way to the next double, as bits to the right. */
    private static final int HALF_WAY_SHIFT = 30;
    /** floor(log10(2) * 2^41), of the powers of two in question exact enough for their floor(log10). */
    private static final long LOG10_2 = 661_971_961_083L;

    private static final int LOG10_SHIFT = 41;
    /** Added to where the point is, so that it is positive; 0 is for what is not covered. */
    private static final int POINT_BIAS = 64;

    private static final int HEAD_SHIFT = 8;

    /** By the biased exponent: the bits of its factor in front of the binary point. */
    private static final long[] WHOLE = new long[EXPONENT_MASK + 1];
    /** The {@value #FRACTION_BITS} bits behind it, above them where the decimal point is if there are 17 digits. */
    private static final long[] POINT_AND_FRACTION = new long[EXPONENT_MASK + 1];

    static {
        for (int exponent = LEAST_EXPONENT; exponent <= MOST_EXPONENT; exponent++) {
            int power = exponent - LAST_BIT;
            int k = (int) ((power * LOG10_2) >> LOG10_SHIFT);
            BigInteger ten = BigInteger.TEN.pow(-k);
            int shift = power + FACTOR_SHIFT + FRACTION_BITS;
            if (shift + ten.getLowestSetBit() < 0) {
                throw new AssertionError("the factor of exponent " + exponent + " has more bits");
            }
            BigInteger factor = ten.shiftLeft(shift);
            WHOLE[exponent] = factor.shiftRight(FRACTION_BITS).longValueExact();
            POINT_AND_FRACTION[exponent] =
                    (factor.longValue() & FRACTION) | (long) (DIGITS + k + POINT_BIAS) << FRACTION_BITS;
        }
    }

    /** Has the loop compiled. */
    public static final BackgroundCompilation WARM_UP = new BackgroundCompilation(
            "float-decimals", SCRATCH_BYTES + (long) BLOCK * Float.BYTES, BLOCK, FloatDecimals::oneCall);

    private FloatDecimals() {}

    private static Runnable oneCall(MemorySegment area) {
        for (int i = 0; i < BLOCK; i++) {
            area.set(INT, SCRATCH_BYTES + (long) i * Float.BYTES, Float.floatToRawIntBits((float) Math.sin(1 + i)));
        }
        return () -> find(area, SCRATCH_BYTES, BLOCK, area);
    }

    /**
     * Finds the decimals of floats.
     *
     * @param floats their bits, little-endian, in memory of any kind
     * @param offset of the first one, in bytes
     * @param count at most {@link #BLOCK}
     * @param scratch keeps them until the next call
     * @return whether it was done, which it is not for a block of which less than a quarter is covered
     */
    public static boolean find(MemorySegment floats, long offset, int count, MemorySegment scratch) {
        MemorySegment area = NativeSegments.exact(scratch);
        if (prepare(floats, offset, count, area) < count >> 2) {
            return false;
        }
        digits(count, area);
        return true;
    }

    /** Whether there is a decimal for a float: zeros, powers of two, very small, large and non-finite ones have none. */
    public static boolean isCovered(int bits) {
        return WHOLE[bits >>> SIGNIFICAND_BITS & EXPONENT_MASK] != 0 && (bits & (HIDDEN_BIT - 1)) != 0;
    }

    /** The first of the 17 digits of a decimal; the last ones may be zeros. */
    public static int first(MemorySegment scratch, int index) {
        return (int) scratch.get(LONG, HEADS + (long) index * Long.BYTES) & ((1 << HEAD_SHIFT) - 1);
    }

    /** How many of the digits are in front of the decimal point; less than none for zeros behind it. */
    public static int point(MemorySegment scratch, int index) {
        return (int) (scratch.get(LONG, HEADS + (long) index * Long.BYTES) >> HEAD_SHIFT) - POINT_BIAS;
    }

    /** The second to the ninth digit, a byte each, the second in the lowest. */
    public static long upper(MemorySegment scratch, int index) {
        return scratch.get(LONG, UPPER + (long) index * Long.BYTES);
    }

    /** The tenth to the seventeenth digit, a byte each, the tenth in the lowest. */
    public static long lower(MemorySegment scratch, int index) {
        return scratch.get(LONG, LOWER + (long) index * Long.BYTES);
    }

    /** Puts down what the digits are computed from; returns how many floats are covered. */
    private static int prepare(MemorySegment floats, long offset, int count, MemorySegment scratch) {
        int covered = 0;
        for (int i = 0; i < count; i++) {
            int bits = floats.get(INT, offset + (long) i * Integer.BYTES);
            int exponent = bits >>> SIGNIFICAND_BITS & EXPONENT_MASK;
            long at = (long) i * Long.BYTES;
            scratch.set(LONG, at, (bits & (HIDDEN_BIT - 1)) | HIDDEN_BIT);
            scratch.set(LONG, WHOLES + at, WHOLE[exponent]);
            scratch.set(LONG, FRACTIONS + at, POINT_AND_FRACTION[exponent]);
            covered += isCovered(bits) ? 1 : 0;
        }
        return covered;
    }

    /** Written in one piece: what is called from here would hand vectors over in boxes. */
    private static void digits(int count, MemorySegment scratch) {
        for (int i = 0; i < count; i += LANES) {
            long at = (long) i * Long.BYTES;
            LongVector m = LongVector.fromMemorySegment(SPECIES, scratch, at, ORDER);
            LongVector whole = LongVector.fromMemorySegment(SPECIES, scratch, WHOLES + at, ORDER);
            LongVector pointAndFraction = LongVector.fromMemorySegment(SPECIES, scratch, FRACTIONS + at, ORDER);

            // Four times the number is 4 s + apart, where s is an integer, apart and halfWay have 40 bits behind the
            // point.
            LongVector fraction = pointAndFraction.and(FRACTION);
            LongVector product = m.mul(fraction);
            LongVector fourfold = m.mul(whole).add(product.lanewise(VectorOperators.LSHR, FRACTION_BITS));
            LongVector s = fourfold.lanewise(VectorOperators.LSHR, 2);
            LongVector apart = fourfold.and(3)
                    .lanewise(VectorOperators.LSHL, FRACTION_BITS)
                    .or(product.and(FRACTION));
            LongVector halfWay = whole.lanewise(VectorOperators.LSHL, FRACTION_BITS - HALF_WAY_SHIFT)
                    .or(fraction.lanewise(VectorOperators.LSHR, HALF_WAY_SHIFT));

            // s = high * 10^8 + low; the quotient is right or one too small at first. Masks are -1 or 0.
            LongVector high =
                    s.lanewise(VectorOperators.LSHR, 26).mul(2_882_303_761L).lanewise(VectorOperators.LSHR, 32);
            LongVector low = s.sub(high.mul(100_000_000L));
            LongVector tooSmall = low.neg().add(99_999_999L).lanewise(VectorOperators.ASHR, 63);
            high = high.sub(tooSmall);
            low = low.sub(tooSmall.and(100_000_000L));

            // One digit less, if just one of the multiples of ten around the number reads back as the same double.
            LongVector last = low.sub(
                    low.mul(429_496_730L).lanewise(VectorOperators.LSHR, 32).mul(10));
            LongVector fromTen =
                    last.lanewise(VectorOperators.LSHL, FRACTION_BITS + 2).add(apart);
            LongVector tenIsOff = halfWay.sub(fromTen).lanewise(VectorOperators.ASHR, 63);
            LongVector nextTenIsOff =
                    halfWay.add(fromTen).sub(40L << FRACTION_BITS).lanewise(VectorOperators.ASHR, 63);
            LongVector justOneTen = tenIsOff.lanewise(VectorOperators.XOR, nextTenIsOff);
            LongVector toTen = tenIsOff.and(10).sub(last);
            // Else s or s + 1: the only one that reads back, or the nearer one, of two as near the even one.
            LongVector isOff = halfWay.sub(apart).lanewise(VectorOperators.ASHR, 63);
            LongVector nextIsOff = halfWay.add(apart).sub(4L << FRACTION_BITS).lanewise(VectorOperators.ASHR, 63);
            LongVector nextIsNearer =
                    apart.add(s.and(1)).neg().add(2L << FRACTION_BITS).lanewise(VectorOperators.ASHR, 63);
            LongVector justOne = isOff.lanewise(VectorOperators.XOR, nextIsOff);
            LongVector toNext = nextIsNearer
                    .lanewise(
                            VectorOperators.XOR,
                            nextIsNearer.lanewise(VectorOperators.XOR, isOff).and(justOne))
                    .and(1);
            low = low.add(toNext.lanewise(
                    VectorOperators.XOR,
                    toNext.lanewise(VectorOperators.XOR, toTen).and(justOneTen)));
            LongVector carry = low.neg().add(99_999_999L).lanewise(VectorOperators.ASHR, 63);
            high = high.sub(carry);
            low = low.sub(carry.and(100_000_000L));

            // Sixteen digits become seventeen.
            LongVector sixteen = high.sub(100_000_000L).lanewise(VectorOperators.ASHR, 63);
            LongVector moved = low.mul(1_801_439_851L).lanewise(VectorOperators.LSHR, 54); // / 10^7
            LongVector highOfMore = high.mul(10).add(moved);
            LongVector lowOfMore = low.sub(moved.mul(10_000_000L)).mul(10);
            high = high.lanewise(
                    VectorOperators.XOR,
                    high.lanewise(VectorOperators.XOR, highOfMore).and(sixteen));
            low = low.lanewise(
                    VectorOperators.XOR,
                    low.lanewise(VectorOperators.XOR, lowOfMore).and(sixteen));
            LongVector first = high.mul(1_441_151_881L).lanewise(VectorOperators.LSHR, 57); // / 10^8
            high = high.sub(first.mul(100_000_000L));
            pointAndFraction
                    .lanewise(VectorOperators.LSHR, FRACTION_BITS)
                    .add(sixteen)
                    .lanewise(VectorOperators.LSHL, HEAD_SHIFT)
                    .add(first)
                    .intoMemorySegment(scratch, HEADS + at, ORDER);

            // Eight digits by halves of four, of two and of one: / 10^4, / 100 and / 10 as products.
            LongVector highFour = high.mul(109_951_163L).lanewise(VectorOperators.LSHR, 40);
            IntVector highFours = highFour.or(high.sub(highFour.mul(10_000)).lanewise(VectorOperators.LSHL, 32))
                    .reinterpretAsInts();
            IntVector highTwo = highFours.mul(10_486).lanewise(VectorOperators.LSHR, 20);
            ShortVector highTwos = highFours
                    .sub(highTwo.mul(100))
                    .lanewise(VectorOperators.LSHL, 16)
                    .or(highTwo)
                    .reinterpretAsShorts();
            ShortVector highOne = highTwos.mul((short) 103).lanewise(VectorOperators.LSHR, 10);
            highTwos.sub(highOne.mul((short) 10))
                    .lanewise(VectorOperators.LSHL, 8)
                    .or(highOne)
                    .reinterpretAsLongs()
                    .intoMemorySegment(scratch, UPPER + at, ORDER);

            LongVector lowFour = low.mul(109_951_163L).lanewise(VectorOperators.LSHR, 40);
            IntVector lowFours = lowFour.or(low.sub(lowFour.mul(10_000)).lanewise(VectorOperators.LSHL, 32))
                    .reinterpretAsInts();
            IntVector lowTwo = lowFours.mul(10_486).lanewise(VectorOperators.LSHR, 20);
            ShortVector lowTwos = lowFours.sub(lowTwo.mul(100))
                    .lanewise(VectorOperators.LSHL, 16)
                    .or(lowTwo)
                    .reinterpretAsShorts();
            ShortVector lowOne = lowTwos.mul((short) 103).lanewise(VectorOperators.LSHR, 10);
            lowTwos.sub(lowOne.mul((short) 10))
                    .lanewise(VectorOperators.LSHL, 8)
                    .or(lowOne)
                    .reinterpretAsLongs()
                    .intoMemorySegment(scratch, LOWER + at, ORDER);
        }
    }
}
