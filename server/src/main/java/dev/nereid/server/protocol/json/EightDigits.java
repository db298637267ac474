package dev.nereid.server.protocol.json;

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

    private static final long COMMAS = 0x2C2C_2C2C_2C2C_2C2CL;
    private static final long BRACKETS = 0x5D5D_5D5D_5D5D_5D5DL;
    private static final long LOWEST_BITS = 0x0101_0101_0101_0101L;
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

    /** The last digits of a text that ends at {@code to}, with zeros in front; {@code count} may be any number. */
    static long last(byte[] text, int to, int count) {
        int half = Byte.SIZE / 2 * Math.clamp(count, 0, MOST);
        return read(text, to - MOST) & ~(-1L >>> half >>> half);
    }

    /** Whether two times eight bytes are all digits. */
    static boolean areDigits(long one, long other) {
        return (((one + ABOVE_NINE) | one | (other + ABOVE_NINE) | other) & HIGHEST_BITS) == 0;
    }

    /** The number of bytes in front of the first comma or closing bracket; eight if there is none. */
    static int separator(byte[] text, int at) {
        long letters = (long) TEXT.get(text, at);
        return Long.numberOfTrailingZeros(zeros(letters ^ COMMAS) | zeros(letters ^ BRACKETS)) >> 3;
    }

    /** The highest bit of each byte that is zero; of those above the first one maybe of others as well. */
    private static long zeros(long bytes) {
        return (bytes - LOWEST_BITS) & ~bytes & HIGHEST_BITS;
    }

    /** The number that the first digits make up, at least one of them. */
    static long value(long digits, int count) {
        return value(digits << (Long.SIZE - Byte.SIZE * count));
    }

    /** The number that eight digits make up. */
    static long value(long digits) {
        long twos = digits * 10 + (digits >>> 8);
        return ((twos & EVERY_FOURTH_BYTE) * (100 + (1_000_000L << 32))
                        + (twos >>> 16 & EVERY_FOURTH_BYTE) * (1 + (10_000L << 32)))
                >>> 32;
    }
}
