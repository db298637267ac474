package dev.nereid.server.torchserve.handler;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.protocol.json.FloatBlocks;
import dev.nereid.server.protocol.json.JsonReals;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes JSON with the bytes of Python's {@code json.dumps}: ASCII alone, numbers as {@code repr} writes them, and either on
 * one line with a space behind commas and colons, or on many with two spaces for each level. The caller closes what it opens.
 */
final class PythonJson {
    /** How lines are broken. */
    enum Style {
        /** {@code json.dumps(value)} */
        ONE_LINE,
        /** {@code json.dumps(value, indent=2)} */
        INDENTED
    }

    private static final int FIRST_BYTES = 1024;
    private static final int MOST_BYTES = Integer.MAX_VALUE - 8;
    private static final int INDENT = 2;

    /** Where Python changes to an exponent: below 10^-4, and from 10^16 on. */
    private static final int LEAST_PLAIN = -4;

    private static final int MOST_PLAIN = 16;

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final MathContext ONE_DIGIT = new MathContext(1);

    private final Style style;
    private final RequestBudget.Share share;
    private byte[] buffer = new byte[FIRST_BYTES];
    private int length;
    private int depth;
    /** Whether something stands at this level already. */
    private boolean filled;
    /** Whether a member's name was written, and its value comes next. */
    private boolean named;

    /** @param share what the request that is answered holds of the heap: grows with the buffer */
    PythonJson(Style style, RequestBudget.Share share) {
        this.style = style;
        this.share = share;
        share.take(FIRST_BYTES);
    }

    byte[] toBytes() {
        share.take(length);
        return Arrays.copyOf(buffer, length);
    }

    PythonJson beginObject() {
        return open("{");
    }

    PythonJson endObject() {
        return close("}");
    }

    PythonJson beginArray() {
        return open("[");
    }

    PythonJson endArray() {
        return close("]");
    }

    /** A member's name; its value comes next. */
    PythonJson name(String name) {
        value(name).append(": ");
        named = true;
        return this;
    }

    PythonJson value(String text) {
        return put(quoted(text));
    }

    PythonJson value(long value) {
        return put(Long.toString(value));
    }

    PythonJson unsignedValue(long value) {
        return put(Long.toUnsignedString(value));
    }

    PythonJson value(boolean value) {
        return put(value ? "true" : "false");
    }

    PythonJson value(double value) {
        if (!JsonReals.isPlain(value)) {
            return put(repr(value));
        }
        separate();
        room(JsonReals.MOST_BYTES);
        length = JsonReals.write(value, buffer, length);
        return this;
    }

    /**
     * Writes floats as the elements of an array that has begun.
     *
     * @param offset of the first, in bytes, a multiple of a float's
     */
    PythonJson floats(MemorySegment floats, long offset, long count) {
        byte[] separator = separator();
        long first = offset / Float.BYTES;
        FloatBlocks.write(floats, first, first + count, new FloatBlocks.Writer() {
            @Override
            public void plain(long from, int block) {
                for (long i = from; i < from + block; i++) {
                    value((double) floats.get(FLOAT, i * Float.BYTES));
                }
            }

            @Override
            public void found(long from, int block, MemorySegment decimals) {
                separate();
                room(block * (JsonReals.MOST_BYTES + separator.length));
                int position = length;
                for (int i = 0; i < block; i++) {
                    if (i > 0) {
                        System.arraycopy(separator, 0, buffer, position, separator.length);
                        position += separator.length;
                    }
                    float value = floats.get(FLOAT, (from + i) * Float.BYTES);
                    if (JsonReals.isPlain(value)) {
                        position = JsonReals.write(value, decimals, i, buffer, position);
                    } else {
                        length = position;
                        position = append(repr(value)).length;
                    }
                }
                length = position;
            }
        });
        return this;
    }

    /** What stands between two elements. */
    private byte[] separator() {
        return (style == Style.INDENTED ? ",\n" + " ".repeat(INDENT * depth) : ", ")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private PythonJson open(String bracket) {
        put(bracket);
        depth++;
        filled = false;
        return this;
    }

    private PythonJson close(String bracket) {
        depth--;
        if (filled && style == Style.INDENTED) {
            breakLine();
        }
        filled = true;
        return append(bracket);
    }

    /** Writes a token, behind what separates it from the one before. */
    private PythonJson put(String token) {
        separate();
        return append(token);
    }

    private void separate() {
        if (named) {
            named = false;
        } else {
            if (filled) {
                append(style == Style.INDENTED ? "," : ", ");
            }
            if (depth > 0 && style == Style.INDENTED) {
                breakLine();
            }
        }
        filled = true;
    }

    private void breakLine() {
        int spaces = INDENT * depth;
        room(spaces + 1);
        buffer[length] = '\n';
        Arrays.fill(buffer, length + 1, length + 1 + spaces, (byte) ' ');
        length += 1 + spaces;
    }

    @SuppressWarnings("deprecation") // the one way to copy ASCII without an array in between
    private PythonJson append(String ascii) {
        room(ascii.length());
        ascii.getBytes(0, ascii.length(), buffer, length);
        length += ascii.length();
        return this;
    }

    private void room(int bytes) {
        long needed = (long) length + bytes;
        if (needed > buffer.length) {
            if (needed > MOST_BYTES) {
                throw InferException.internal("the answer is larger than 2 GiB");
            }
            int before = buffer.length;
            int after = (int) Math.min(Math.max(needed, 2L * before), MOST_BYTES);
            share.take(after);
            buffer = Arrays.copyOf(buffer, after);
            share.giveBack(before);
        }
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            switch (letter) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                case '\f' -> quoted.append("\\f");
                case '\b' -> quoted.append("\\b");
                default -> {
                    if (letter < ' ' || letter > '~') {
                        quoted.append(String.format("\\u%04x", (int) letter));
                    } else {
                        quoted.append(letter);
                    }
                }
            }
        }
        return quoted.append('"').toString();
    }

    /** A double as Python's {@code repr} has it: the shortest decimal that reads back as the same double. */
    static String repr(double value) {
        double size = Math.abs(value);
        if (!Double.isFinite(value) || JsonReals.isPlain(value)) {
            return Double.toString(value);
        }
        BigDecimal shortest = new BigDecimal(Double.toString(size));
        // Java writes two digits at least, of the smallest doubles although one would do.
        BigDecimal oneDigit = shortest.round(ONE_DIGIT);
        if (oneDigit.doubleValue() == size) {
            shortest = oneDigit;
        }
        shortest = shortest.stripTrailingZeros();
        String digits = shortest.unscaledValue().toString();
        return (value < 0 ? "-" : "") + placed(digits, shortest.precision() - shortest.scale());
    }

    /** Writes 0.DIGITS times ten to a power. */
    private static String placed(String digits, int exponent) {
        int count = digits.length();
        if (exponent <= LEAST_PLAIN || exponent > MOST_PLAIN) {
            String power = Integer.toString(Math.abs(exponent - 1));
            return digits.charAt(0)
                    + (count > 1 ? "." + digits.substring(1) : "")
                    + (exponent > 0 ? "e+" : "e-")
                    + (power.length() < 2 ? "0" : "")
                    + power;
        }
        if (exponent <= 0) {
            return "0." + "0".repeat(-exponent) + digits;
        }
        if (count <= exponent) {
            return digits + "0".repeat(exponent - count) + ".0";
        }
        return digits.substring(0, exponent) + "." + digits.substring(exponent);
    }
}
