package dev.nereid.models.tflite;

import dev.nereid.models.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A table of a flatbuffer. Fields are read by their slot in the table's vtable; one that the table lacks has its default.
 * Every position is checked against the file's end, and one file may be asked for a bounded number of elements: tables and
 * vectors may be shared, so that a small file could unfold into a large model.
 */
final class FlatbufferTable {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final long MOST_ELEMENTS = 1L << 26;
    private static final int VTABLE_HEADER = 4;

    private final Source source;
    private final long position;
    private final long vtable;
    private final int slots;
    private final int length;

    /** The file, and how many elements of it were read. */
    private static final class Source {
        private final MemorySegment file;
        private long elements;

        private Source(MemorySegment file) {
            this.file = file;
        }

        private void check(long at, long bytes, String what) {
            if (at < 0 || bytes < 0 || at > file.byteSize() - bytes) {
                throw new ModelFormatException("the flatbuffer is damaged: " + what + " at " + at + " with " + bytes
                        + " bytes is not within the file's " + file.byteSize());
            }
        }

        private int integer(long at, String what) {
            check(at, Integer.BYTES, what);
            return file.get(INT, at);
        }

        private void spend(long count) {
            elements += count;
            if (elements > MOST_ELEMENTS) {
                throw new ModelFormatException(
                        "the flatbuffer refers to more than " + MOST_ELEMENTS + " elements beside its weights");
            }
        }
    }

    /** Where a vector's elements begin, and how many there are. */
    private record Vector(long start, int count) {}

    private FlatbufferTable(Source source, long position) {
        this.source = source;
        this.position = position;
        int back = source.integer(position, "a table");
        this.vtable = position - back;
        source.check(vtable, VTABLE_HEADER, "a vtable");
        int vtableBytes = Short.toUnsignedInt(source.file.get(SHORT, vtable));
        this.length = Short.toUnsignedInt(source.file.get(SHORT, vtable + 2));
        if (vtableBytes < VTABLE_HEADER) {
            throw new ModelFormatException("the flatbuffer is damaged: a vtable of " + vtableBytes + " bytes");
        }
        source.check(vtable, vtableBytes, "a vtable");
        source.check(position, length, "a table");
        this.slots = (vtableBytes - VTABLE_HEADER) / 2;
    }

    /** The root table of a file. */
    static FlatbufferTable root(MemorySegment file) {
        Source source = new Source(file);
        return new FlatbufferTable(source, Integer.toUnsignedLong(source.integer(0, "the root's offset")));
    }

    /** A table without fields: each has its default. */
    static FlatbufferTable empty() {
        MemorySegment bytes = MemorySegment.ofArray(new byte[] {8, 0, 0, 0, 4, 0, 4, 0, 4, 0, 0, 0});
        return root(bytes);
    }

    /** Where a field's data lie; 0 where it has its default. */
    private long field(int slot, int bytes) {
        if (slot >= slots) {
            return 0;
        }
        int offset = Short.toUnsignedInt(source.file.get(SHORT, vtable + VTABLE_HEADER + 2L * slot));
        if (offset != 0 && offset > length - bytes) {
            throw new ModelFormatException("the flatbuffer is damaged: field " + slot + " at " + offset
                    + " is not within its table of " + length + " bytes");
        }
        return offset == 0 ? 0 : position + offset;
    }

    boolean has(int slot) {
        return field(slot, 1) != 0;
    }

    /** A field of eight bits, with a sign. */
    int small(int slot, int whenAbsent) {
        long at = field(slot, 1);
        return at == 0 ? whenAbsent : source.file.get(ValueLayout.JAVA_BYTE, at);
    }

    boolean flag(int slot) {
        return small(slot, 0) != 0;
    }

    int integer(int slot, int whenAbsent) {
        long at = field(slot, Integer.BYTES);
        return at == 0 ? whenAbsent : source.file.get(INT, at);
    }

    long unsigned(int slot) {
        return Integer.toUnsignedLong(integer(slot, 0));
    }

    long wide(int slot, long whenAbsent) {
        long at = field(slot, Long.BYTES);
        return at == 0 ? whenAbsent : source.file.get(LONG, at);
    }

    float real(int slot, float whenAbsent) {
        long at = field(slot, Float.BYTES);
        return at == 0 ? whenAbsent : source.file.get(FLOAT, at);
    }

    String text(int slot) {
        MemorySegment bytes = bytes(slot);
        source.spend(bytes.byteSize());
        return new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    Optional<FlatbufferTable> table(int slot) {
        long at = field(slot, Integer.BYTES);
        source.spend(1);
        return at == 0 ? Optional.empty() : Optional.of(new FlatbufferTable(source, target(at)));
    }

    List<FlatbufferTable> tables(int slot) {
        Vector vector = vector(slot, Integer.BYTES);
        source.spend(vector.count());
        List<FlatbufferTable> tables = new ArrayList<>(vector.count());
        for (int i = 0; i < vector.count(); i++) {
            tables.add(new FlatbufferTable(source, target(vector.start() + 4L * i)));
        }
        return tables;
    }

    int[] integers(int slot) {
        return elements(slot, INT).toArray(INT);
    }

    long[] wides(int slot) {
        return elements(slot, LONG).toArray(LONG);
    }

    float[] reals(int slot) {
        return elements(slot, FLOAT).toArray(FLOAT);
    }

    /** The elements of a vector that is to be copied to the heap. */
    private MemorySegment elements(int slot, ValueLayout layout) {
        Vector vector = vector(slot, Math.toIntExact(layout.byteSize()));
        source.spend(vector.count());
        return source.file.asSlice(vector.start(), vector.count() * layout.byteSize());
    }

    /** The bytes of a vector, where they lie in the file. */
    MemorySegment bytes(int slot) {
        Vector vector = vector(slot, 1);
        return source.file.asSlice(vector.start(), vector.count());
    }

    /** Bytes anywhere in the file, also behind the flatbuffer. */
    MemorySegment outside(long offset, long size) {
        source.check(offset, size, "a buffer");
        return source.file.asSlice(offset, size);
    }

    private long target(long at) {
        return at + Integer.toUnsignedLong(source.integer(at, "an offset"));
    }

    private Vector vector(int slot, int bytes) {
        long at = field(slot, Integer.BYTES);
        if (at == 0) {
            return new Vector(0, 0);
        }
        long start = target(at);
        long count = Integer.toUnsignedLong(source.integer(start, "a vector"));
        source.check(start + Integer.BYTES, Math.multiplyExact(count, (long) bytes), "a vector");
        return new Vector(start + Integer.BYTES, Math.toIntExact(count));
    }
}
