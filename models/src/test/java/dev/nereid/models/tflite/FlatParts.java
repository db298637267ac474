package dev.nereid.models.tflite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes flatbuffers: tables of fields by slot, vectors and texts. */
@SuppressWarnings("ByteBufferBackingArray") // buffers of allocate
final class FlatParts {
    private static final int MOST_BYTES = 1 << 20;

    private FlatParts() {}

    /** What an offset points to. */
    sealed interface Part {}

    /** A vector of plain elements. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Elements(int count, byte[] bytes) implements Part {}

    /** A vector of offsets. */
    record Parts(List<? extends Part> parts) implements Part {}

    /** A table; fields are set by slot. */
    static final class Table implements Part {
        private final Map<Integer, Object> fields = new TreeMap<>();

        /** @param value a Byte, Integer, Long, Float or Part */
        Table with(int slot, Object value) {
            fields.put(slot, value);
            return this;
        }
    }

    static Table table() {
        return new Table();
    }

    static Elements integers(int... values) {
        ByteBuffer bytes = buffer(4 * values.length);
        for (int value : values) {
            bytes.putInt(value);
        }
        return new Elements(values.length, bytes.array());
    }

    static Elements wides(long... values) {
        ByteBuffer bytes = buffer(8 * values.length);
        for (long value : values) {
            bytes.putLong(value);
        }
        return new Elements(values.length, bytes.array());
    }

    static Elements reals(float... values) {
        ByteBuffer bytes = buffer(4 * values.length);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return new Elements(values.length, bytes.array());
    }

    static Elements bytes(byte... values) {
        return new Elements(values.length, values);
    }

    static Elements text(String text) {
        return bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A file with an identifier. */
    static byte[] file(String identifier, Table root) {
        ByteBuffer out = buffer(MOST_BYTES);
        out.putInt(0);
        out.put(identifier.getBytes(StandardCharsets.US_ASCII));
        out.putInt(0, write(out, root));
        byte[] file = new byte[out.position()];
        out.get(0, file);
        return file;
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int write(ByteBuffer out, Part part) {
        align(out, 16);
        return switch (part) {
            case Elements(int count, byte[] bytes) -> {
                out.position(out.position() + 12);
                int at = out.position();
                out.putInt(count).put(bytes).put((byte) 0); // texts end in a zero
                yield at;
            }
            case Parts(List<? extends Part> parts) -> {
                int at = out.position();
                out.putInt(parts.size());
                out.position(at + 4 + 4 * parts.size());
                for (int i = 0; i < parts.size(); i++) {
                    int place = at + 4 + 4 * i;
                    out.putInt(place, write(out, parts.get(i)) - place);
                }
                yield at;
            }
            case Table table -> write(out, table);
        };
    }

    private static int write(ByteBuffer out, Table table) {
        int slots =
                table.fields.keySet().stream().mapToInt(slot -> slot + 1).max().orElse(0);
        int vtable = out.position();
        out.position(vtable + 4 + 2 * slots);
        align(out, 8);
        int at = out.position();
        out.putInt(at - vtable);
        Map<Integer, Part> later = new TreeMap<>();
        table.fields.forEach((slot, value) -> {
            align(out, 8);
            out.putShort(vtable + 4 + 2 * slot, (short) (out.position() - at));
            switch (value) {
                case Byte small -> out.put(small);
                case Integer integer -> out.putInt(integer);
                case Long wide -> out.putLong(wide);
                case Float real -> out.putFloat(real);
                case Part part -> {
                    later.put(out.position(), part);
                    out.putInt(0);
                }
                default -> throw new IllegalArgumentException(value.toString());
            }
        });
        out.putShort(vtable, (short) (4 + 2 * slots)).putShort(vtable + 2, (short) (out.position() - at));
        later.forEach((place, part) -> out.putInt(place, write(out, part) - place));
        return at;
    }

    private static void align(ByteBuffer out, int bytes) {
        out.position((out.position() + bytes - 1) / bytes * bytes);
    }
}
