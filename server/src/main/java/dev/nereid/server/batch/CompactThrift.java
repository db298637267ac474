package dev.nereid.server.batch;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/** Writes structs in Thrift's compact protocol, in which Parquet's metadata is. Fields come in ascending order. */
final class CompactThrift {
    static final int I32 = 5;
    static final int STRUCT = 12;
    static final int BINARY = 8;
    private static final int I64 = 6;
    private static final int LIST = 9;
    private static final int SHORT_LIST = 15;
    private static final int SHORT_DELTA = 15;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Deque<Integer> outer = new ArrayDeque<>();
    private int last;

    CompactThrift i32(int field, int value) {
        header(field, I32);
        return element(value);
    }

    CompactThrift i64(int field, long value) {
        header(field, I64);
        varint((value << 1) ^ (value >> (Long.SIZE - 1)));
        return this;
    }

    CompactThrift string(int field, String value) {
        header(field, BINARY);
        return element(value);
    }

    /** Begins a struct that is a field. */
    CompactThrift begin(int field) {
        header(field, STRUCT);
        return begin();
    }

    /** Begins a struct that is an element of a list. */
    CompactThrift begin() {
        outer.push(last);
        last = 0;
        return this;
    }

    /** Ends a struct; the outermost needs no beginning. */
    CompactThrift end() {
        bytes.write(0);
        last = outer.isEmpty() ? 0 : outer.pop();
        return this;
    }

    /** Begins a list; its elements follow. */
    CompactThrift list(int field, int size, int type) {
        header(field, LIST);
        if (size < SHORT_LIST) {
            bytes.write((size << 4) | type);
        } else {
            bytes.write((SHORT_LIST << 4) | type);
            varint(size);
        }
        return this;
    }

    CompactThrift element(int value) {
        varint(Integer.toUnsignedLong((value << 1) ^ (value >> (Integer.SIZE - 1))));
        return this;
    }

    CompactThrift element(String value) {
        byte[] text = value.getBytes(StandardCharsets.UTF_8);
        varint(text.length);
        bytes.writeBytes(text);
        return this;
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }

    private void header(int field, int type) {
        int delta = field - last;
        if (delta < 1 || delta > SHORT_DELTA) {
            throw new IllegalArgumentException("field " + field + " after " + last);
        }
        bytes.write((delta << 4) | type);
        last = field;
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes.write((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        bytes.write((int) rest);
    }
}
