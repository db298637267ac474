package dev.nereid.server.protocol.json;

import dev.nereid.kernels.text.FloatDecimals;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.function.DoubleFunction;

/**
 * Writes doubles, and floats as doubles, as JSON numbers: the shortest text that reads back as the same double. Integers have
 * no exponent up to 10^15; non-finite numbers are words.
 */
public final class JsonReals {
    /** The most bytes that are written for a number, some of them behind its end. */
    public static final int MOST_BYTES = ShortestDecimal.MOST_BYTES;

    /** The most floats that {@link #run} takes at a time. */
    public static final int MOST_AT_ONCE = FloatDecimals.BLOCK;

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
     * Writes floats as doubles, with a separator between them.
     *
     * @param offset in bytes
     * @param count at most {@link #MOST_AT_ONCE}
     * @param other makes the text, of at most {@link #MOST_BYTES} letters, of those that are not {@link #isPlain}
     * @param target has room for as many numbers and separators from {@code at} on
     * @return the offset behind the last byte
     */
    @SuppressWarnings("deprecation") // the one way to copy ASCII without an array in between
    public static int run(
            MemorySegment floats,
            long offset,
            int count,
            byte[] separator,
            DoubleFunction<String> other,
            byte[] target,
            int at) {
        int position = at;
        try (SlabPool.Slab slab = SCRATCH.take(FloatDecimals.SCRATCH_BYTES)) {
            MemorySegment scratch = slab.segment();
            boolean found = count == MOST_AT_ONCE
                    && FloatDecimals.WARM_UP.isDone(MANY)
                    && FloatDecimals.find(floats, offset, count, scratch);
            for (int i = 0; i < count; i++) {
                if (i > 0) {
                    System.arraycopy(separator, 0, target, position, separator.length);
                    position += separator.length;
                }
                float value = floats.get(FLOAT, offset + (long) i * Float.BYTES);
                if (!isPlain(value)) {
                    String text = other.apply(value);
                    text.getBytes(0, text.length(), target, position);
                    position += text.length();
                } else if (found && FloatDecimals.isCovered(Float.floatToRawIntBits(value))) {
                    position = covered(value, scratch, i, target, position);
                } else {
                    position = write(value, target, position);
                }
            }
        }
        return position;
    }

    private static int covered(float value, MemorySegment scratch, int index, byte[] target, int at) {
        target[at] = '-';
        return ShortestDecimal.format(
                FloatDecimals.first(scratch, index),
                FloatDecimals.upper(scratch, index),
                FloatDecimals.lower(scratch, index),
                FloatDecimals.point(scratch, index),
                target,
                at + (Float.floatToRawIntBits(value) >>> (Integer.SIZE - 1)));
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
                position = covered(value, scratch, i, target, position);
            } else {
                position = write(value, target, position);
            }
            target[position++] = ',';
        }
        json.endValues(position - 1);
    }
}
