package dev.nereid.server.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Decimal digits, up to eight at a time, as the bytes of a long: the first in the lowest byte, each from 0 to 9, that is
 * without the {@code '0'} of its letter.
 */
final class EightDigits {
    static final int MOST = Long.BYTES;

    private static final VarHandle TEXT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long LETTERS = 0x3030_3030_3030_3030L;
    /** What makes a byte of more than 9 one of more than 127. */
    private static final long ABOVE_NINE = 0x7676_7676_7676_7676L;

    private static final long HIGHEST_BITS = 0x8080_8080_8080_8080L;
    private static final long EVERY_FOURTH_BYTE = 0x0000_00FF_0000_00FFL;

    private EightDigits() {}

    /** The digits of a number below 10^8, zeros in front: halves of four, of two and of one at a time. */
    static long of(int value) {
        long fours = value / 10_000 | (long) (value % 10_000) << 32;
        // 10486 / 2^20 and 103 / 2^10 are 1 / 100 and 1 / 10, exact enough for numbers of four and of two digits.
        long hundreds = (fours * 10_486) >>> 20 & 0x7F_0000_007FL;
        long twos = (fours - 100 * hundreds) << 16 | hundreds;
        long tens = (twos * 103) >>> 10 & 0x000F_000F_000F_000FL;
        return (twos - 10 * tens) << 8 | tens;
    }

    /** The letters of digits. */
    static long letters(long digits) {
        return digits | LETTERS;
    }

    /** Writes eight letters. */
    static void write(long letters, byte[] target, int at) {
        TEXT.set(target, at, letters);
    }

    /** Eight letters as digits; bytes that were none have some other value. */
    static long read(byte[] text, int at) {
        return (long) TEXT.get(text, at) ^ LETTERS;
    }

    /** How many digits come before the first byte that is none. */
    static int count(long digits) {
        // A byte that is no digit may change what is above it, but nothing below.
        return Long.numberOfTrailingZeros(((digits + ABOVE_NINE) | digits) & HIGHEST_BITS) >> 3;
    }

    /** The number that the first digits make up, at least one of them. */
    static long value(long digits, int count) {
        long zerosInFront = digits << (Long.SIZE - Byte.SIZE * count);
        long twos = zerosInFront * 10 + (zerosInFront >>> 8);
        return ((twos & EVERY_FOURTH_BYTE) * (100 + (1_000_000L << 32))
                        + (twos >>> 16 & EVERY_FOURTH_BYTE) * (1 + (10_000L << 32)))
                >>> 32;
    }
}
