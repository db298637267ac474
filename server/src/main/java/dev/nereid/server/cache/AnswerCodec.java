package dev.nereid.server.cache;

import dev.nereid.server.protocol.BytesCodec;
import dev.nereid.server.protocol.InferResponse;
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
import java.util.Map;
import java.util.Optional;

/**
 * Answers as bytes, little-endian: the mark, then the model's name and version, the number of outputs, and of each its name,
 * its datatype, the number of its dims, the dims, and its content behind its length in bytes. Texts and the elements of
 * strings stand behind their lengths. Lengths and numbers are of 4 bytes, dims of 8.
 */
final class AnswerCodec {
    private static final int MARK = 0x3141_524E; // "NRA1"

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
            case Buffer.Strings strings ->
                BytesCodec.encodedSize(strings.elements(), tensor.shape().elements());
        };
    }

    private static void put(ByteBuffer bytes, String text) {
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        bytes.putInt(content.length).put(content);
    }

    private static void putContent(ByteBuffer bytes, Tensor tensor) {
        int length = Math.toIntExact(contentLength(tensor));
        bytes.putInt(length);
        switch (tensor.buffer()) {
            case Buffer.Host host -> bytes.put(host.segment().asSlice(0, length).asByteBuffer());
            case Buffer.Strings strings -> {
                BytesCodec.encode(strings.elements(), tensor.shape().elements(), MemorySegment.ofBuffer(bytes), 0);
                bytes.position(bytes.position() + length);
            }
        }
    }

    /**
     * The answer that some bytes are, copied. The caller holds it and releases it.
     *
     * @throws IllegalArgumentException if they are none
     */
    static CachedAnswer decode(byte[] array, CacheMemory memory) {
        // Where a tensor begins is not aligned in them.
        CacheMemory.Block block = memory.take(array.length);
        try {
            MemorySegment bytes = block.segment().asSlice(0, array.length);
            MemorySegment.copy(array, 0, bytes, ValueLayout.JAVA_BYTE, 0, array.length);
            return CachedAnswer.copyOf(answer(bytes), memory);
        } catch (BufferUnderflowException | ArithmeticException e) {
            throw new IllegalArgumentException("expected an answer, got " + array.length + " bytes that end early", e);
        } finally {
            block.release().run();
        }
    }

    /** The answer that native bytes are; its tensors show them, but for those of strings. */
    private static InferResponse answer(MemorySegment memory) {
        ByteBuffer bytes = memory.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        check(bytes.getInt() == MARK, "it begins with another mark");
        String model = text(bytes);
        String version = text(bytes);
        int count = bytes.getInt();
        List<OutputTensor> outputs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            outputs.add(output(bytes, memory));
        }
        check(!bytes.hasRemaining(), "there is more behind its end");
        return new InferResponse(model, version, "", Map.of(), outputs, () -> {});
    }

    private static void check(boolean fine, String problem) {
        if (!fine) {
            throw new IllegalArgumentException("expected an answer, got bytes that are none: " + problem);
        }
    }

    private static String text(ByteBuffer bytes) {
        byte[] content = new byte[length(bytes)];
        bytes.get(content);
        return new String(content, StandardCharsets.UTF_8);
    }

    /** A length that the rest has room for. */
    private static int length(ByteBuffer bytes) {
        int length = bytes.getInt();
        check(length >= 0 && length <= bytes.remaining(), "a length of " + length);
        return length;
    }

    private static OutputTensor output(ByteBuffer bytes, MemorySegment memory) {
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
        MemorySegment content = memory.asSlice(bytes.position(), length);
        bytes.position(bytes.position() + length);
        return new OutputTensor(name, type == DataType.STRING ? strings(shape, content) : plain(type, shape, content));
    }

    private static Tensor plain(DataType type, Shape shape, MemorySegment content) {
        check(
                Math.multiplyExact(shape.elements(), (long) type.bytes()) == content.byteSize(),
                content.byteSize() + " bytes for " + shape);
        return Tensor.of(type, shape, content);
    }

    private static Tensor strings(Shape shape, MemorySegment content) {
        Optional<byte[][]> elements = BytesCodec.decode(content, shape.elements());
        check(elements.isPresent(), content.byteSize() + " bytes for the strings of " + shape);
        return Tensor.ofStrings(shape, elements.orElseThrow());
    }
}
