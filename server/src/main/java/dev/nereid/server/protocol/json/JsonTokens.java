package dev.nereid.server.protocol.json;

import dev.nereid.server.protocol.InferException;
import java.nio.charset.StandardCharsets;

/** Walks over the tokens of a JSON document and reports what is wrong with them as Triton's parser does. */
final class JsonTokens {
    /** Any number of so many digits in front of its point is a double, but for those behind it. */
    private static final int SURE_DIGITS = 308;

    private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NAN = "NaN".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] INF = "Inf".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] INFINITY_TAIL = "inity".getBytes(StandardCharsets.US_ASCII);

    private final byte[] bytes;
    private final int start;
    private final int end;

    /** Tokens of the document in [start, end). */
    JsonTokens(byte[] bytes, int start, int end) {
        this.bytes = bytes;
        this.start = start;
        this.end = end;
    }

    int start() {
        return start;
    }

    InferException error(String text, int at) {
        return InferException.malformed("failed to parse the request JSON buffer: " + text + " at " + (at - start));
    }

    int skipSpace(int from) {
        int position = from;
        while (position < end) {
            byte next = bytes[position];
            if (next > ' ' || (next != ' ' && next != '\n' && next != '\r' && next != '\t')) {
                break;
            }
            position++;
        }
        return position;
    }

    /** Walks over a string, number or literal; returns the offset behind it. */
    int skipScalar(int from) {
        return switch (at(from)) {
            case '"' -> skipString(from);
            case 'n' -> skipLiteral(from, NULL);
            case 't' -> skipLiteral(from, TRUE);
            case 'f' -> skipLiteral(from, FALSE);
            default -> skipNumber(from);
        };
    }

    /** Walks over a string; {@code from} is the opening quote. */
    int skipString(int from) {
        int position = from + 1;
        while (true) {
            int next = at(position);
            if (next == '"') {
                return position + 1;
            }
            if (next == '\\') {
                position = skipEscape(position);
            } else if (next >= 0 && next < ' ') {
                throw error(
                        next == 0 ? "Missing a closing quotation mark in string." : "Invalid encoding in string.",
                        position);
            } else {
                position++;
            }
        }
    }

    private int skipEscape(int from) {
        return switch (at(from + 1)) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> from + 2;
            case 'u' -> skipUnicodeEscape(from);
            default -> throw error("Invalid escape character in string.", from);
        };
    }

    private int skipUnicodeEscape(int from) {
        int high = hex(from + 2, from);
        if (high < 0xD800 || high > 0xDFFF) {
            return from + 6;
        }
        if (high > 0xDBFF || at(from + 6) != '\\' || at(from + 7) != 'u') {
            throw error("The surrogate pair in string is invalid.", from);
        }
        int low = hex(from + 8, from);
        if (low < 0xDC00 || low > 0xDFFF) {
            throw error("The surrogate pair in string is invalid.", from);
        }
        return from + 12;
    }

    /** Four hexadecimal digits as a number. */
    private int hex(int from, int escape) {
        int value = 0;
        for (int i = from; i < from + 4; i++) {
            int digit = Character.digit((char) (at(i) & 0xFF), 16);
            if (digit < 0) {
                throw error("Incorrect hex digit after \\u escape in string.", escape);
            }
            value = (value << 4) | digit;
        }
        return value;
    }

    private int skipLiteral(int from, byte[] literal) {
        int position = from;
        for (byte expected : literal) {
            if (at(position) != expected) {
                throw error("Invalid value.", position);
            }
            position++;
        }
        return position;
    }

    private int skipNumber(int from) {
        int position = from + JsonNumber.signs(at(from));
        int first = at(position);
        if (first == 'N') {
            return skipLiteral(position, NAN);
        }
        if (first == 'I') {
            int behind = skipLiteral(position, INF);
            return at(behind) == 'i' ? skipLiteral(behind, INFINITY_TAIL) : behind;
        }
        if (!isDigit(first)) {
            throw error("Invalid value.", position);
        }
        int whole = position;
        position = first == '0' ? position + 1 : skipDigits(position);
        int wholeDigits = position - whole;
        if (at(position) == '.') {
            position++;
            if (!isDigit(at(position))) {
                throw error("Missing fraction part in number.", position);
            }
            position = skipManyDigits(position);
        }
        if (at(position) == 'e' || at(position) == 'E') {
            position++;
            boolean isNegative = at(position) == '-';
            if (at(position) == '+' || isNegative) {
                position++;
            }
            if (!isDigit(at(position))) {
                throw error("Missing exponent in number.", position);
            }
            int exponent = position;
            position = skipDigits(position);
            checkSize(from, position, wholeDigits + (isNegative ? 0 : number(exponent, position)));
        } else {
            checkSize(from, position, wholeDigits);
        }
        return position;
    }

    /** Digits as a number, which is no larger than what is too large anyway. */
    private int number(int from, int to) {
        int value = 0;
        for (int i = from; i < to; i++) {
            value = Math.min(value * 10 + bytes[i] - '0', 2 * SURE_DIGITS);
        }
        return value;
    }

    /** Refuses a number that is no double; one of few digits in front of its point is. */
    private void checkSize(int from, int to, int digits) {
        if (digits > SURE_DIGITS
                && Double.isInfinite(
                        Double.parseDouble(new String(bytes, from, to - from, StandardCharsets.US_ASCII)))) {
            throw error("Number too big to be stored in double.", from);
        }
    }

    private int skipDigits(int from) {
        int position = from;
        while (position < end && isDigit(bytes[position])) {
            position++;
        }
        return position;
    }

    /** Walks over digits that are many, mostly. */
    private int skipManyDigits(int from) {
        int position = from;
        while (position + EightDigits.MOST <= end) {
            int count = EightDigits.count(EightDigits.read(bytes, position));
            position += count;
            if (count < EightDigits.MOST) {
                return position;
            }
        }
        return skipDigits(position);
    }

    private static boolean isDigit(int value) {
        return value >= '0' && value <= '9';
    }

    /** The byte at an offset; 0 behind the end. */
    private int at(int position) {
        return position < end ? bytes[position] : 0;
    }
}
