package dev.nereid.server.protocol.json;

import ch.randelshofer.fastdoubleparser.JavaDoubleParser;

/**
 * Reads numbers from the bytes of a checked JSON document, one after the other, without objects in between. Integers are
 * exact; decimals of up to 18 digits are read by {@link NearestDouble}, the few others by a library.
 */
final class JsonNumber {
    /** What a number can be read as. */
    enum Kind {
        /** Not a number. */
        NONE,
        /** A negative integer that fits a long. */
        SIGNED,
        /** An integer that fits a long and an unsigned long. */
        BOTH,
        /** An integer that fits only an unsigned long. */
        UNSIGNED,
        /** Any other number. */
        REAL
    }

    private static final long[] LONG_POWERS_OF_TEN = {
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000
    };
    /** Digits that a long holds whatever they are. */
    private static final int SAFE_DIGITS = 18;

    private final byte[] bytes;
    private Kind kind = Kind.NONE;
    private boolean negative;
    private long mantissa;
    private int power;
    private boolean exact;

    JsonNumber(byte[] bytes) {
        this.bytes = bytes;
    }

    Kind kind() {
        return kind;
    }

    /** The integer; only for kinds that are integers. */
    long integer() {
        return negative ? -mantissa : mantissa;
    }

    /** 1 for a minus, 0 for any other byte: without a branch, for nobody can guess which numbers have one. */
    static int signs(int first) {
        return (((first & 0xFF) ^ '-') - 1) >>> 31;
    }

    /** Reads the number at {@code from}, which ends at {@code limit} at the latest; returns the offset behind it. */
    int read(int from, int limit) {
        int sign = signs(bytes[from]);
        int position = from + sign;
        negative = sign != 0;
        mantissa = 0;
        power = 0;
        exact = true;
        int first = position;
        position = digits(position, limit);
        int digits = position - first;
        if (digits == 0) {
            return nonFinite(first, limit);
        }
        boolean integer = true;
        if (position < limit && bytes[position] == '.') {
            integer = false;
            int fraction = position + 1;
            position = fraction(fraction, limit);
            power = fraction - position;
            digits += position - fraction;
        }
        if (position < limit && (bytes[position] | 0x20) == 'e') {
            integer = false;
            position = exponent(position + 1, limit);
        }
        kind = integer ? integerKind(first, digits) : Kind.REAL;
        exact = exact && digits <= SAFE_DIGITS;
        return position;
    }

    /** Whether the last number read is an integer that fits a long, and is what that long says: {@code -0} is not. */
    boolean isPlainLong() {
        return (kind == Kind.SIGNED || kind == Kind.BOTH) && !(negative && mantissa == 0);
    }

    /** The last number read, as a double; {@code from} and {@code to} are its bounds. */
    double real(int from, int to) {
        if (exact) {
            double value = NearestDouble.of(mantissa, power);
            if (!Double.isNaN(value)) {
                return Double.longBitsToDouble(Double.doubleToRawLongBits(value) ^ (negative ? Long.MIN_VALUE : 0));
            }
        }
        if (bytes[to - 1] > '9') { // ends in a letter
            double value = bytes[from + (negative ? 1 : 0)] == 'N' ? Double.NaN : Double.POSITIVE_INFINITY;
            return negative ? -value : value;
        }
        return JavaDoubleParser.parseDouble(bytes, from, to - from);
    }

    /** Reads digits one by one: mostly they are few. */
    private int digits(int from, int limit) {
        int position = from;
        long value = mantissa;
        while (position < limit) {
            int digit = bytes[position] - '0';
            if (digit < 0 || digit > 9) {
                break;
            }
            value = value * 10 + digit;
            position++;
        }
        mantissa = value;
        return position;
    }

    /** Reads the digits behind a point, mostly many, by eights. */
    private int fraction(int from, int limit) {
        int position = from;
        while (position + EightDigits.MOST <= limit) {
            long digits = EightDigits.read(bytes, position);
            int count = EightDigits.count(digits);
            if (count == 0) {
                return position;
            }
            mantissa = mantissa * LONG_POWERS_OF_TEN[count] + EightDigits.value(digits, count);
            position += count;
            if (count < EightDigits.MOST) {
                return position;
            }
        }
        return digits(position, limit);
    }

    private int exponent(int from, int limit) {
        int position = from;
        boolean minus = bytes[position] == '-';
        if (minus || bytes[position] == '+') {
            position++;
        }
        int value = 0;
        while (position < limit && bytes[position] >= '0' && bytes[position] <= '9') {
            value = Math.min(value * 10 + bytes[position] - '0', 100_000);
            position++;
        }
        power += minus ? -value : value;
        return position;
    }

    private int nonFinite(int first, int limit) {
        exact = false;
        kind = Kind.NONE;
        if (bytes[first] != 'N' && bytes[first] != 'I') {
            return first;
        }
        kind = Kind.REAL;
        int position = first;
        while (position < limit && Character.isLetter(bytes[position])) {
            position++;
        }
        return position;
    }

    private Kind integerKind(int first, int digits) {
        if (digits > SAFE_DIGITS && !fitsUnsigned(first, digits)) {
            return Kind.REAL;
        }
        if (mantissa >= 0) {
            return negative && mantissa != 0 ? Kind.SIGNED : Kind.BOTH;
        }
        if (!negative) {
            return Kind.UNSIGNED;
        }
        return mantissa == Long.MIN_VALUE ? Kind.SIGNED : Kind.REAL;
    }

    /** Whether that many digits, which may have wrapped around in the mantissa, fit 64 bits. */
    private boolean fitsUnsigned(int first, int digits) {
        if (digits != 19 && digits != 20) {
            return false;
        }
        // Of 19 digits all fit. Of 20 those that begin with a 1 fit as long as the last step did not wrap.
        if (digits == 20) {
            if (bytes[first] != '1') {
                return false;
            }
            long before = Long.divideUnsigned(mantissa, 10);
            long expected = 0;
            for (int i = first; i < first + 19; i++) {
                expected = expected * 10 + (bytes[i] - '0');
            }
            return before == expected;
        }
        return true;
    }
}
