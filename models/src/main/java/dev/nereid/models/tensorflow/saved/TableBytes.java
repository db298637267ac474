package dev.nereid.models.tensorflow.saved;

import dev.nereid.models.ModelFormatException;
import java.util.Arrays;

/** Reads varints and bytes one after the other. What is beyond the end is a format error. */
final class TableBytes {
    private final byte[] bytes;
    private int position;

    TableBytes(byte[] bytes) {
        this.bytes = bytes;
    }

    boolean hasMore() {
        return position < bytes.length;
    }

    long varint() {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE && hasMore(); shift += 7) {
            byte read = bytes[position++];
            value |= (long) (read & 0x7f) << shift;
            if (read >= 0) {
                return value;
            }
        }
        throw new ModelFormatException("a number in a table is truncated or longer than 64 bits");
    }

    /** A number of bytes. */
    int count() {
        long value = varint();
        if (value < 0 || value > bytes.length) {
            throw new ModelFormatException(
                    "a table of " + bytes.length + " bytes claims a part of " + value + " bytes");
        }
        return (int) value;
    }

    byte[] take(int count) {
        if (count > bytes.length - position) {
            throw new ModelFormatException("a table ends " + (count - bytes.length + position) + " bytes early");
        }
        position += count;
        return Arrays.copyOfRange(bytes, position - count, position);
    }
}
