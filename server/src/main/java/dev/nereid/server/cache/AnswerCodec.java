package dev.nereid.server.cache;

import dev.nereid.memory.NativeMemory;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.Buffer;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Answers as bytes, little-endian: the mark, then the model's name and version, the number of outputs, and of each its name,
 * its datatype, the number of its dims, the dims, and its content behind its length in bytes. Texts and the elements of
 * strings stand behind their lengths. Lengths and numbers are of 4 bytes, dims of 8.
 */
final class AnswerCodec {
    private static final int MARK = 0x3141_524E; // "NRA1"

    /** An output that has been read: strings, or where its content is. */
    private sealed interface Part {
        String name();

        record Strings(String name, Tensor tensor) implements Part {}

        record Plain(String name, DataType dataType, Shape shape, int offset, int length) implements Part {}
    }

    private AnswerCodec() {}

    /** The bytes of an answer, which its caller holds. */
    static byte[] encode(CachedAnswer answer) {
        long size = 2 * Integer.BYTES + length(answer.modelName()) + length(answer.modelVersion());
        for (OutputTensor output : answer.outputs()) {
            Tensor tensor = output.tensor();
            size += length(output.name()) + length(tensor.dataType().protocolName());
            size += 2 * Integer.BYTES + (long) Long.BYTES * tensor.shape().rank() + contentLength(tensor);
        }
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(size)).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(MARK);
        put(bytes, answer.modelName());
        put(bytes, answer.modelVersion());
        bytes.putInt(answer.outputs().size());
        for (OutputTensor output : answer.outputs()) {
            put(bytes, output.name());
            put(bytes, output.tensor().dataType().protocolName());
            bytes.putInt(output.tensor().shape().rank());
            for (long dim : output.tensor().shape().dims()) {
                bytes.putLong(dim);
            }
            putContent(bytes, output.tensor());
        }
        return bytes.array();
    }

    private static long length(String text) {
        return (long) Integer.BYTES + text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static long contentLength(Tensor tensor) {
        return switch (tensor.buffer()) {
            case Buffer.Host _ -> tensor.byteSize();
            case Buffer.Strings strings -> {
                long length = 0;
                for (int i = 0; i < tensor.shape().elements(); i++) {
                    length += Integer.BYTES + strings.elements()[i].length;
                }
                yield length;
            }
        };
    }

    private static void put(ByteBuffer bytes, String text) {
        put(bytes, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void put(ByteBuffer bytes, byte[] content) {
        bytes.putInt(content.length).put(content);
    }

    private static void putContent(ByteBuffer bytes, Tensor tensor) {
        int length = Math.toIntExact(contentLength(tensor));
        bytes.putInt(length);
        switch (tensor.buffer()) {
            case Buffer.Host host -> bytes.put(host.segment().asSlice(0, length).asByteBuffer());
            case Buffer.Strings strings -> {
                for (int i = 0; i < tensor.shape().elements(); i++) {
                    put(bytes, strings.elements()[i]);
                }
            }
        }
    }

    /**
     * The answer that some bytes are, copied. The caller holds it and releases it.
     *
     * @throws IllegalArgumentException if they are none
     */
    static CachedAnswer decode(byte[] array, CacheMemory memory) {
        ByteBuffer bytes = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
        try {
            check(bytes.getInt() == MARK, "it begins with another mark");
            String model = text(bytes);
            String version = text(bytes);
            int count = bytes.getInt();
            List<Part> parts = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                parts.add(part(bytes));
            }
            check(!bytes.hasRemaining(), "there is more behind its end");
            return assemble(model, version, parts, array, memory);
        } catch (BufferUnderflowException | ArithmeticException e) {
            throw new IllegalArgumentException("expected an answer, got " + array.length + " bytes that end early", e);
        }
    }

    private static void check(boolean fine, String problem) {
        if (!fine) {
            throw new IllegalArgumentException("expected an answer, got bytes that are none: " + problem);
        }
    }

    private static String text(ByteBuffer bytes) {
        return new String(content(bytes), StandardCharsets.UTF_8);
    }

    private static byte[] content(ByteBuffer bytes) {
        int length = length(bytes);
        byte[] content = new byte[length];
        bytes.get(content);
        return content;
    }

    /** A length that the rest has room for. */
    private static int length(ByteBuffer bytes) {
        int length = bytes.getInt();
        check(length >= 0 && length <= bytes.remaining(), "a length of " + length);
        return length;
    }

    private static Part part(ByteBuffer bytes) {
        String name = text(bytes);
        String typeName = text(bytes);
        DataType type = DataType.ofProtocolName(typeName)
                .orElseThrow(() -> new IllegalArgumentException("expected a datatype, got '" + typeName + "'"));
        int rank = bytes.getInt();
        check(rank >= 0 && rank <= bytes.remaining() / Long.BYTES, "a rank of " + rank);
        long[] dims = new long[rank];
        for (int i = 0; i < rank; i++) {
            dims[i] = bytes.getLong();
            check(dims[i] >= 0, "a dim of " + dims[i]);
        }
        Shape shape = Shape.of(dims);
        int length = length(bytes);
        if (type == DataType.STRING) {
            check(shape.elements() <= length / Integer.BYTES, length + " bytes for " + shape);
            return new Part.Strings(name, strings(bytes, shape, length));
        }
        check(Math.multiplyExact(shape.elements(), (long) type.bytes()) == length, length + " bytes for " + shape);
        Part part = new Part.Plain(name, type, shape, bytes.position(), length);
        bytes.position(bytes.position() + length);
        return part;
    }

    private static Tensor strings(ByteBuffer bytes, Shape shape, int length) {
        int end = bytes.position() + length;
        byte[][] elements = new byte[(int) shape.elements()][];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = content(bytes);
        }
        check(bytes.position() == end, "strings of another length");
        return Tensor.ofStrings(shape, elements);
    }

    private static CachedAnswer assemble(
            String model, String version, List<Part> parts, byte[] array, CacheMemory memory) {
        long size = 0;
        for (Part part : parts) {
            if (part instanceof Part.Plain plain) {
                size = aligned(size) + plain.length();
            }
        }
        CacheMemory.Block block = memory.take(size);
        List<OutputTensor> outputs = new ArrayList<>();
        long offset = 0;
        for (Part part : parts) {
            Tensor tensor = switch (part) {
                case Part.Strings strings -> strings.tensor();
                case Part.Plain plain -> {
                    offset = aligned(offset);
                    MemorySegment target = block.segment().asSlice(offset, plain.length());
                    MemorySegment.copy(array, plain.offset(), target, ValueLayout.JAVA_BYTE, 0, plain.length());
                    offset += plain.length();
                    yield Tensor.of(plain.dataType(), plain.shape(), target);
                }
            };
            outputs.add(new OutputTensor(part.name(), tensor));
        }
        return CachedAnswer.of(model, version, outputs, block);
    }

    private static long aligned(long offset) {
        return (offset + NativeMemory.ALIGNMENT - 1) & -NativeMemory.ALIGNMENT;
    }
}
