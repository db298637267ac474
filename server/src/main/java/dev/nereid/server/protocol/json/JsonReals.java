package dev.nereid.server.protocol.json;

import dev.nereid.kernels.text.FloatDecimals;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Writes doubles, and floats as doubles, as JSON numbers: the shortest text that reads back as the same double. Integers have
 * no exponent up to 10^15; non-finite numbers are words.
 */
final class JsonReals {
    private static final double PLAIN_INTEGERS = 1e15;
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
    static int write(double value, byte[] target, int at) {
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
            int bits = Float.floatToRawIntBits(value);
            if (FloatDecimals.isCovered(bits)) {
                target[position] = '-';
                position = ShortestDecimal.format(
                        FloatDecimals.first(scratch, i),
                        FloatDecimals.upper(scratch, i),
                        FloatDecimals.lower(scratch, i),
                        FloatDecimals.point(scratch, i),
                        target,
                        position + (bits >>> (Integer.SIZE - 1)));
            } else {
                position = write(value, target, position);
            }
            target[position++] = ',';
        }
        json.endValues(position - 1);
    }
}
