package dev.nereid.models.pytorch.archive;

import dev.nereid.models.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The bytes of a pickle and the operands in them. Reading behind the end fails. */
final class PickleInput {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong BIG_LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final int LONGEST_NAME = 4096;

    private final MemorySegment bytes;
    private long position;

    PickleInput(MemorySegment bytes) {
        this.bytes = bytes;
    }

    long position() {
        return position;
    }

    /** Goes on by {@code length} and returns where the skipped bytes are. */
    long skip(long length) {
        if (length > bytes.byteSize() - position) {
            throw new ModelFormatException("the pickle ends at byte " + bytes.byteSize() + ": expected " + length
                    + " bytes more at byte " + position);
        }
        long from = position;
        position += length;
        return from;
    }

    int unsignedByte() {
        return Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, skip(1)));
    }

    int unsignedShort() {
        return Short.toUnsignedInt(bytes.get(SHORT, skip(2)));
    }

    int signedInteger() {
        return bytes.get(INT, skip(4));
    }

    /** A length or an index of 4 bytes. */
    int length() {
        int length = signedInteger();
        if (length < 0) {
            throw new ModelFormatException(
                    "the pickle has the length " + Integer.toUnsignedLong(length) + " at byte " + (position - 4));
        }
        return length;
    }

    /** An integer with its number of bytes, lowest first, in two's complement. */
    long longInteger() {
        int length = unsignedByte();
        if (length > Long.BYTES) {
            throw new ModelFormatException("the pickle has an integer of " + length + " bytes: expected at most 8");
        }
        long from = skip(length);
        long value = 0;
        for (int i = length - 1; i >= 0; i--) {
            value = value << 8 | Byte.toUnsignedLong(bytes.get(ValueLayout.JAVA_BYTE, from + i));
        }
        int unused = Long.SIZE - 8 * length;
        return length == 0 ? 0 : value << unused >> unused;
    }

    double real() {
        return Double.longBitsToDouble(bytes.get(BIG_LONG, skip(8)));
    }

    String text(int length) {
        long from = skip(length);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.asSlice(from, length).toArray(ValueLayout.JAVA_BYTE)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException("the pickle has a text at byte " + from + " that is not UTF-8", e);
        }
    }

    /** A name that ends with a line feed. */
    String line() {
        long from = position;
        while (unsignedByte() != '\n') {
            if (position - from > LONGEST_NAME) {
                throw new ModelFormatException("the pickle has a name at byte " + from + " that does not end");
            }
        }
        int length = (int) (position - from - 1);
        position = from;
        String name = text(length);
        skip(1);
        return name;
    }
}
