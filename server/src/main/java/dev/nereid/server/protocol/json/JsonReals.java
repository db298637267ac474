package dev.nereid.server.protocol.json;

import dev.nereid.kernels.text.FloatDecimals;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Writes doubles, and floats as doubles, as JSON numbers: the shortest text that reads back as the same double. Integers have
 * no exponent up to 10^15; non-finite numbers are words.
 */
public final class JsonReals {
    /** The most bytes that are written for a number, some of them behind its end. */
    public static final int MOST_BYTES = ShortestDecimal.MOST_BYTES;

    private static final double PLAIN_INTEGERS = 1e15;
    /** From here on, and below the other, numbers have no exponent. */
    private static final double PLAIN_FROM = 1e-3;

    private static final double PLAIN_BELOW = 1e7;
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private JsonReals() {}

    /**
     * Writes a double.
     *
     * @param target has {@link ShortestDecimal#MOST_BYTES} bytes from {@code at} on
     * @return the offset behind the last byte
     */
    @SuppressWarnings("deprecation") // the one way to copy ASCII without an array in between
    public static int write(double value, byte[] target, int at) {
        if (value == (long) value && Math.abs(value) < PLAIN_INTEGERS) {
            int position = at;
            if (Double.doubleToRawLongBits(value) < 0) {
                target[position++] = '-';
            }
            position = ShortestDecimal.integer(Math.abs((long) value), target, position);
            target[position] = '.';
            target[position + 1] = '0';
            return position + 2;
        }
        if (Double.isFinite(value)) {
            return ShortestDecimal.write(value, target, at);
        }
        String word = Double.toString(value);
        word.getBytes(0, word.length(), target, at);
        return at + word.length();
    }

    /** Whether {@link #write} writes a number as {@link Double#toString(double)} does, and without an exponent. */
    public static boolean isPlain(double value) {
        double size = Math.abs(value);
        return (size >= PLAIN_FROM && size < PLAIN_BELOW) || size == 0;
    }

    /**
     * Writes a float as a double.
     *
     * @param decimals what {@link FloatDecimals#find} found
     * @param index of the float there
     * @param target has {@link #MOST_BYTES} bytes from {@code at} on
     * @return the offset behind the last byte
     */
    public static int write(float value, MemorySegment decimals, int index, byte[] target, int at) {
        int bits = Float.floatToRawIntBits(value);
        if (!FloatDecimals.isCovered(bits)) {
            return write(value, target, at);
        }
        target[at] = '-';
        return ShortestDecimal.format(
                FloatDecimals.first(decimals, index),
                FloatDecimals.upper(decimals, index),
                FloatDecimals.lower(decimals, index),
                FloatDecimals.point(decimals, index),
                target,
                at + (bits >>> (Integer.SIZE - 1)));
    }

    /** Writes floats as the values of an array. */
    static void floats(JsonWriter json, MemorySegment floats, long count) {
        FloatBlocks.write(floats, 0, count, new FloatBlocks.Writer() {
            @Override
            public void plain(long first, int block) {
                oneByOne(json, floats, first * Float.BYTES, block);
            }

            @Override
            public void found(long first, int block, MemorySegment decimals) {
                block(json, floats, first * Float.BYTES, block, decimals);
            }
        });
    }

    private static void oneByOne(JsonWriter json, MemorySegment floats, long offset, long count) {
        for (long i = 0; i < count; i++) {
            json.value((double) floats.get(FLOAT, offset + i * Float.BYTES));
        }
    }

    private static void block(JsonWriter json, MemorySegment floats, long offset, int count, MemorySegment scratch) {
        byte[] target = json.beginValues(count * (ShortestDecimal.MOST_BYTES + 1));
        int position = json.length();
        for (int i = 0; i < count; i++) {
            float value = floats.get(FLOAT, offset + (long) i * Float.BYTES);
            position = write(value, scratch, i, target, position);
            target[position++] = ',';
        }
        json.endValues(position - 1);
    }
}
