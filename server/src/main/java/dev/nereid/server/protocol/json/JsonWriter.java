package dev.nereid.server.protocol.json;

import dev.nereid.server.protocol.CooperativeYield;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes JSON into a buffer that grows. Puts commas where they belong; the caller closes what it opens. Strings are
 * bytes: what is not UTF-8 goes out as it came in. Non-finite numbers are written as {@code NaN}, {@code Infinity} and
 * {@code -Infinity}, as Triton writes them.
 */
public final class JsonWriter {
    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);
    private static final int MOST_BYTES = Integer.MAX_VALUE - 8;

    private static final int FEW_BYTES = 512;

    private final RequestBudget.Share share;
    private byte[] buffer;
    private int length;
    /** The length up to which there is nothing to do before more is written: neither to grow nor to pause. */
    private long limit;

    private long nextPause = CooperativeYield.first(0);
    private boolean comma;

    public JsonWriter() {
        this(RequestBudget.unlimited().open());
    }

    /** @param share what the request that is answered holds of the heap: grows with the buffer */
    public JsonWriter(RequestBudget.Share share) {
        this(FEW_BYTES, share);
    }

    /**
     * Creates a writer.
     *
     * @param expectedBytes a guess at how much will be written
     * @param share what the request that is answered holds of the heap: grows with the buffer
     */
    JsonWriter(long expectedBytes, RequestBudget.Share share) {
        this.share = share;
        int bytes = Math.clamp(expectedBytes, FEW_BYTES, MOST_BYTES);
        share.take(bytes);
        buffer = new byte[bytes];
        limit = Math.min(buffer.length, nextPause);
    }

    /** Bytes written so far. */
    public int length() {
        return length;
    }

    /** The buffer, valid up to {@link #length}; not copied. */
    byte[] buffer() {
        return buffer;
    }

    public byte[] toBytes() {
        share.take(length);
        return Arrays.copyOf(buffer, length);
    }

    public JsonWriter beginObject() {
        return open('{');
    }

    public JsonWriter endObject() {
        return close('}');
    }

    public JsonWriter beginArray() {
        return open('[');
    }

    public JsonWriter endArray() {
        return close(']');
    }

    /** A member's name; its value comes next. */
    public JsonWriter name(String name) {
        value(name);
        put((byte) ':');
        comma = false;
        return this;
    }

    public JsonWriter value(String text) {
        if (!isPlain(text)) {
            return string(WireText.encode(text));
        }
        separate();
        room(text.length() + 2);
        buffer[length++] = '"';
        putAscii(text);
        put((byte) '"');
        return this;
    }

    /** Whether a text is ASCII that needs no escape, as names are. */
    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            if (letter < ' ' || letter >= 0x7F || letter == '"' || letter == '\\') {
                return false;
            }
        }
        return true;
    }

    /** A value that is JSON already. */
    public JsonWriter json(byte[] value) {
        separate();
        raw(MemorySegment.ofArray(value));
        return this;
    }

    /** Appends bytes that are no JSON. */
    void raw(MemorySegment bytes) {
        int count = Math.toIntExact(bytes.byteSize());
        room(count);
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, 0, buffer, length, count);
        length += count;
    }

    public JsonWriter value(boolean value) {
        separate();
        putAscii(value ? "true" : "false");
        return this;
    }

    public JsonWriter value(long value) {
        separate();
        room(20);
        if (value < 0) {
            if (value == Long.MIN_VALUE) {
                putAscii(Long.toString(value));
                return this;
            }
            buffer[length++] = '-';
            length = ShortestDecimal.integer(-value, buffer, length);
        } else {
            length = ShortestDecimal.integer(value, buffer, length);
        }
        return this;
    }

    /** An unsigned number in the bits of a long. */
    public JsonWriter unsignedValue(long value) {
        if (value >= 0) {
            return value(value);
        }
        separate();
        putAscii(Long.toUnsignedString(value));
        return this;
    }

    /** The shortest text that reads back as the same double. */
    public JsonWriter value(double value) {
        separate();
        room(ShortestDecimal.MOST_BYTES);
        length = JsonReals.write(value, buffer, length);
        return this;
    }

    /** The buffer, with room for that many bytes of values with commas in between; they begin at {@link #length}. */
    byte[] beginValues(int bytes) {
        separate();
        room(bytes);
        return buffer;
    }

    /** Ends the values that were written into the buffer, at the offset behind the last one. */
    void endValues(int end) {
        length = end;
    }

    /** A string of these bytes, which are usually UTF-8. */
    public JsonWriter string(byte[] text) {
        separate();
        room(text.length + 2);
        buffer[length++] = '"';
        int plainFrom = 0;
        for (int i = 0; i < text.length; i++) {
            byte next = text[i];
            if (next == '"' || next == '\\' || (next >= 0 && next < ' ')) {
                putBytes(text, plainFrom, i);
                escape(next);
                plainFrom = i + 1;
            }
        }
        putBytes(text, plainFrom, text.length);
        put((byte) '"');
        return this;
    }

    private void escape(byte next) {
        char letter = switch (next) {
            case '\b' -> 'b';
            case '\f' -> 'f';
            case '\n' -> 'n';
            case '\r' -> 'r';
            case '\t' -> 't';
            case '"', '\\' -> (char) next;
            default -> 'u';
        };
        put((byte) '\\');
        put((byte) letter);
        if (letter == 'u') {
            put((byte) '0');
            put((byte) '0');
            put(HEX[next >> 4]);
            put(HEX[next & 15]);
        }
    }

    private JsonWriter open(char bracket) {
        separate();
        put((byte) bracket);
        comma = false;
        return this;
    }

    private JsonWriter close(char bracket) {
        put((byte) bracket);
        comma = true;
        return this;
    }

    private void separate() {
        if (comma) {
            put((byte) ',');
        }
        comma = true;
    }

    @SuppressWarnings("deprecation") // the one way to copy ASCII without an array in between
    private void putAscii(String text) {
        room(text.length());
        text.getBytes(0, text.length(), buffer, length);
        length += text.length();
    }

    private void putBytes(byte[] text, int from, int to) {
        room(to - from);
        System.arraycopy(text, from, buffer, length, to - from);
        length += to - from;
    }

    private void put(byte next) {
        room(1);
        buffer[length++] = next;
    }

    private void room(int bytes) {
        long needed = (long) length + bytes;
        if (needed > limit) {
            goOn(needed);
        }
    }

    /** Grows or pauses, or does both. */
    private void goOn(long needed) {
        if (needed > buffer.length) {
            if (needed > MOST_BYTES) {
                throw InferException.internal("the JSON answer is larger than 2 GiB: ask for binary data");
            }
            int before = buffer.length;
            int after = (int) Math.min(Math.max(needed, 2L * before), MOST_BYTES);
            share.take(after);
            buffer = Arrays.copyOf(buffer, after);
            share.giveBack(before);
        }
        if (needed > nextPause) {
            nextPause = CooperativeYield.pauseAt(needed);
        }
        limit = Math.min(buffer.length, nextPause);
    }
}
