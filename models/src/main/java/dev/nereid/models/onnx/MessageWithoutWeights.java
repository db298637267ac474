package dev.nereid.models.onnx;

import dev.nereid.models.ModelFormatException;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A protobuf message without its weights. The protobuf runtime copies every byte field to the heap, so the file is walked
 * once beforehand: what it parses afterwards is the same message in which each tensor's {@code raw_data} is four bytes, the
 * index of the segment that holds the real data.
 *
 * @param message the message, ready for the generated parser
 * @param rawData views into the file, in the order of their indices
 */
@SuppressWarnings("ArrayRecordComponent")
record MessageWithoutWeights(byte[] message, List<MemorySegment> rawData) {
    /** Messages on a path from the root to a tensor, with the fields that lead on. */
    enum Kind {
        TENSOR,
        SPARSE_TENSOR,
        SEQUENCE,
        OPTIONAL,
        MAP,
        ATTRIBUTE,
        NODE,
        GRAPH,
        FUNCTION,
        MODEL;

        private Map<Integer, Kind> nested() {
            return switch (this) {
                case TENSOR -> Map.of();
                case SPARSE_TENSOR -> Map.of(1, TENSOR, 2, TENSOR);
                case SEQUENCE, OPTIONAL -> Map.of(3, TENSOR, 4, SPARSE_TENSOR, 5, SEQUENCE, 6, MAP, 7, OPTIONAL);
                case MAP -> Map.of(5, SEQUENCE);
                case ATTRIBUTE ->
                    Map.of(5, TENSOR, 6, GRAPH, 10, TENSOR, 11, GRAPH, 22, SPARSE_TENSOR, 23, SPARSE_TENSOR);
                case NODE -> Map.of(5, ATTRIBUTE);
                case GRAPH -> Map.of(1, NODE, 5, TENSOR, 15, SPARSE_TENSOR);
                case FUNCTION -> Map.of(7, NODE, 11, ATTRIBUTE);
                case MODEL -> Map.of(7, GRAPH, 25, FUNCTION);
            };
        }
    }

    private static final int RAW_DATA = 9;
    private static final int MAXIMUM_DEPTH = 150;
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED32 = 5;

    /**
     * Walks the message in {@code file}.
     *
     * @throws ModelFormatException if it is not a protobuf message, or is cut short
     */
    static MessageWithoutWeights of(Kind kind, MemorySegment file) {
        Walk walk = new Walk(file);
        return new MessageWithoutWeights(walk.copy(kind, 0, file.byteSize(), 0), walk.rawData);
    }

    private static final class Walk {
        private final MemorySegment file;
        private final List<MemorySegment> rawData = new ArrayList<>();
        private long position;

        Walk(MemorySegment file) {
            this.file = file;
        }

        byte[] copy(Kind kind, long start, long end, int depth) {
            if (depth > MAXIMUM_DEPTH) {
                throw new ModelFormatException("messages are nested more than " + MAXIMUM_DEPTH + " deep");
            }
            Map<Integer, Kind> nested = kind.nested();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            position = start;
            while (position < end) {
                long fieldStart = position;
                long tag = varint(end);
                long field = tag >>> 3;
                switch ((int) tag & 7) {
                    case VARINT -> varint(end);
                    case FIXED64 -> skip(8, end);
                    case FIXED32 -> skip(4, end);
                    case LENGTH_DELIMITED -> {
                        long length = varint(end);
                        long content = position;
                        skip(length, end);
                        Kind child = field < Integer.MAX_VALUE ? nested.get((int) field) : null;
                        if (child != null) {
                            writeField(out, tag, copy(child, content, content + length, depth + 1));
                            position = content + length;
                            continue;
                        }
                        if (kind == Kind.TENSOR && field == RAW_DATA) {
                            writeField(out, tag, index(rawData.size()));
                            rawData.add(file.asSlice(content, length));
                            continue;
                        }
                    }
                    default ->
                        throw new ModelFormatException(
                                "byte " + fieldStart + " starts no protobuf field (tag " + tag + ")");
                }
                writeBytes(out, fieldStart, position - fieldStart);
            }
            return out.toByteArray();
        }

        private long varint(long end) {
            long value = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                if (position >= end) {
                    throw truncated(position);
                }
                byte next = file.get(ValueLayout.JAVA_BYTE, position++);
                value |= (long) (next & 0x7F) << shift;
                if (next >= 0) {
                    return value;
                }
            }
            throw new ModelFormatException("byte " + position + " is inside a number of more than 64 bits");
        }

        private void skip(long bytes, long end) {
            if (bytes < 0 || bytes > end - position) {
                throw truncated(position);
            }
            position += bytes;
        }

        private ModelFormatException truncated(long at) {
            return new ModelFormatException("the field at byte " + at + " ends after its message; the file has "
                    + file.byteSize() + " bytes and may be truncated");
        }

        private void writeBytes(ByteArrayOutputStream out, long offset, long length) {
            if (length > Integer.MAX_VALUE - 16 - out.size()) {
                throw new ModelFormatException("the model takes more than 2 GB without its raw data");
            }
            out.writeBytes(file.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
        }

        private static void writeField(ByteArrayOutputStream out, long tag, byte[] content) {
            writeVarint(out, tag);
            writeVarint(out, content.length);
            out.writeBytes(content);
        }

        private static void writeVarint(ByteArrayOutputStream out, long value) {
            long rest = value;
            while ((rest & ~0x7FL) != 0) {
                out.write((int) ((rest & 0x7F) | 0x80));
                rest >>>= 7;
            }
            out.write((int) rest);
        }

        private static byte[] index(int value) {
            return ByteBuffer.allocate(4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(value)
                    .array();
        }
    }
}
