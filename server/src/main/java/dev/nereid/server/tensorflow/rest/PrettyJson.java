package dev.nereid.server.tensorflow.rest;

import dev.nereid.server.protocol.CooperativeYield;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.protocol.json.FloatBlocks;
import dev.nereid.server.protocol.json.JsonWriter;
import dev.nereid.server.protocol.json.SignificantDigits;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes JSON in the layout of RapidJSON's PrettyWriter: four spaces a level, a line for each member and element, or arrays on a
 * single line.
 */
final class PrettyJson {
    private static final int INDENT = 4;
    private static final int MOST_BYTES = Integer.MAX_VALUE - 8;
    private static final int MOST_LEVELS = 72;
    private static final int FEW_BYTES = 512;
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final RequestBudget.Share share;
    private byte[] buffer;
    private int length;
    private long nextPause = CooperativeYield.first(0);
    private boolean singleLine;
    private int level;
    private final int[] counts = new int[MOST_LEVELS];
    private final boolean[] objects = new boolean[MOST_LEVELS];

    /**
     * Creates a writer.
     *
     * @param expectedBytes a guess at how much will be written
     * @param share what the request that is answered holds of the heap: grows with the buffer
     */
    PrettyJson(long expectedBytes, RequestBudget.Share share) {
        this.share = share;
        int bytes = Math.clamp(expectedBytes, FEW_BYTES, MOST_BYTES);
        share.take(bytes);
        buffer = new byte[bytes];
    }

    /** The text; the first {@link #length} bytes of the array. */
    byte[] buffer() {
        return buffer;
    }

    int length() {
        return length;
    }

    /** Whether arrays that follow are on a single line. */
    void singleLine(boolean wanted) {
        singleLine = wanted;
    }

    PrettyJson beginObject() {
        return begin('{', true);
    }

    PrettyJson endObject() {
        return end('}', false);
    }

    PrettyJson beginArray() {
        return begin('[', false);
    }

    PrettyJson endArray() {
        return end(']', singleLine);
    }

    private PrettyJson begin(char bracket, boolean object) {
        separate();
        put(bracket);
        level++;
        counts[level] = 0;
        objects[level] = object;
        return this;
    }

    private PrettyJson end(char bracket, boolean sameLine) {
        boolean empty = counts[level] == 0;
        level--;
        if (!empty && !sameLine) {
            newLine();
        }
        put(bracket);
        return this;
    }

    /** A member's name; its value comes next. */
    PrettyJson name(String name) {
        if (counts[level]++ > 0) {
            put(',');
        }
        newLine();
        raw(new JsonWriter().value(name).toBytes());
        put(':');
        put(' ');
        return this;
    }

    PrettyJson string(byte[] text) {
        separate();
        raw(new JsonWriter().string(text).toBytes());
        return this;
    }

    PrettyJson value(boolean value) {
        separate();
        raw((value ? "true" : "false").getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    PrettyJson value(long value) {
        separate();
        raw(Long.toString(value).getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    PrettyJson unsignedValue(long value) {
        separate();
        raw(Long.toUnsignedString(value).getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    PrettyJson value(float value) {
        separate();
        room(SignificantDigits.MOST_BYTES);
        length = SignificantDigits.write(value, buffer, length);
        return this;
    }

    /** Writes the next floats of an array. */
    PrettyJson values(MemorySegment floats, long from, long to) {
        if (!singleLine) {
            for (long i = from; i < to; i++) {
                value(floats.get(FLOAT, i * Float.BYTES));
            }
            return this;
        }
        FloatBlocks.write(floats, from, to, new FloatBlocks.Writer() {
            @Override
            public void plain(long first, int count) {
                byte[] target = beginBlock(count);
                int position = length;
                for (long i = first; i < first + count; i++) {
                    position = SignificantDigits.write(floats.get(FLOAT, i * Float.BYTES), target, position);
                    position = comma(target, position);
                }
                endBlock(count, position);
            }

            @Override
            public void found(long first, int count, MemorySegment decimals) {
                byte[] target = beginBlock(count);
                int position = length;
                for (int k = 0; k < count; k++) {
                    float value = floats.get(FLOAT, (first + k) * Float.BYTES);
                    position = SignificantDigits.write(value, decimals, k, target, position);
                    position = comma(target, position);
                }
                endBlock(count, position);
            }
        });
        return this;
    }

    /** Makes room for floats and commas, with a comma first where something stands in front of them. */
    private byte[] beginBlock(int count) {
        room((count + 1) * (SignificantDigits.MOST_BYTES + 2));
        if (counts[level] > 0) {
            length = comma(buffer, length);
        }
        return buffer;
    }

    private static int comma(byte[] target, int at) {
        target[at] = ',';
        target[at + 1] = ' ';
        return at + 2;
    }

    /** The last comma is taken back. */
    private void endBlock(int count, int position) {
        counts[level] += count;
        length = position - 2;
    }

    PrettyJson value(double value) {
        separate();
        room(SignificantDigits.MOST_BYTES);
        length = SignificantDigits.write(value, buffer, length);
        return this;
    }

    /** What stands in front of an element of an array. */
    private void separate() {
        if (level == 0 || objects[level]) {
            return;
        }
        boolean first = counts[level]++ == 0;
        if (!first) {
            put(',');
        }
        if (!singleLine) {
            newLine();
        } else if (!first) {
            put(' ');
        }
    }

    private void newLine() {
        put('\n');
        int spaces = INDENT * level;
        room(spaces);
        Arrays.fill(buffer, length, length + spaces, (byte) ' ');
        length += spaces;
    }

    private void raw(byte[] bytes) {
        room(bytes.length);
        System.arraycopy(bytes, 0, buffer, length, bytes.length);
        length += bytes.length;
    }

    private void put(char letter) {
        room(1);
        buffer[length++] = (byte) letter;
    }

    private void room(int bytes) {
        long needed = (long) length + bytes;
        if (needed > buffer.length) {
            grow(needed);
        }
    }

    private void grow(long needed) {
        if (needed > MOST_BYTES) {
            throw InferException.internal("the JSON answer is larger than 2 GiB: use gRPC");
        }
        int before = buffer.length;
        int after = (int) Math.min(Math.max(needed, 2L * before), MOST_BYTES);
        share.take(after);
        buffer = Arrays.copyOf(buffer, after);
        share.giveBack(before);
        if (needed > nextPause) {
            nextPause = CooperativeYield.pauseAt(needed);
        }
    }
}
