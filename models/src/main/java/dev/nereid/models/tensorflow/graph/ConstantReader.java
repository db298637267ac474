package dev.nereid.models.tensorflow.graph;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Reads tensors of messages in all their spellings: bytes, or a list of numbers, whose last one is repeated to the end of
 * the tensor. Used by one thread.
 */
public final class ConstantReader {
    /** What all tensors of a model together may take beyond the bytes that its file has for them. */
    private static final long MAXIMUM_REPEATED_BYTES = 1L << 30;

    private final ImportMemory memory;
    private long repeated;

    public ConstantReader(ImportMemory memory) {
        this.memory = memory;
    }

    /**
     * Reads a tensor.
     *
     * @throws ModelFormatException if its type is not known, or its elements do not fit its shape
     */
    public Tensor read(TensorProto proto) {
        DataType type = TensorflowDataTypes.of(proto.getDtype());
        Shape shape = shape(proto.getTensorShape());
        if (type == DataType.STRING) {
            return Tensor.ofStrings(shape, strings(proto, shape));
        }
        ByteString content = proto.getTensorContent();
        if (shape.elements() > Long.MAX_VALUE / type.bytes()) {
            throw new ModelFormatException("the tensor has too many elements: " + shape);
        }
        long bytes = shape.elements() * type.bytes();
        if (!content.isEmpty()) {
            if (content.size() != bytes) {
                throw new ModelFormatException("the tensor has " + content.size() + " bytes of content: expected "
                        + bytes + " for " + type + shape);
            }
            MemorySegment target = memory.allocate(bytes);
            MemorySegment.copy(MemorySegment.ofBuffer(content.asReadOnlyByteBuffer()), 0, target, 0, bytes);
            return Tensor.of(type, shape, target);
        }
        int given = TensorValues.count(proto, type);
        requireCount(given, shape);
        takeRepeated(bytes - (long) given * type.bytes(), shape);
        MemorySegment target = memory.allocate(bytes);
        TensorValues.copy(proto, type, given, target);
        TensorValues.repeatLast(target, given, shape.elements(), type.bytes());
        return Tensor.of(type, shape, target);
    }

    private void takeRepeated(long bytes, Shape shape) {
        repeated += Math.max(bytes, 0);
        if (repeated > MAXIMUM_REPEATED_BYTES) {
            throw new ModelFormatException(
                    "the tensor " + shape + " repeats a value too often: the model's tensors may have "
                            + MAXIMUM_REPEATED_BYTES + " bytes of such");
        }
    }

    private static Shape shape(TensorShapeProto shape) {
        if (shape.getUnknownRank()) {
            throw new ModelFormatException("the tensor has no shape: unknown_rank is set");
        }
        long[] dims = shape.getDimList().stream()
                .mapToLong(TensorShapeProto.Dim::getSize)
                .toArray();
        try {
            return Shape.of(dims);
        } catch (ArithmeticException | IllegalArgumentException e) {
            throw new ModelFormatException("the tensor has an impossible shape: " + Arrays.toString(dims), e);
        }
    }

    private static void requireCount(int given, Shape shape) {
        if (given > shape.elements()) {
            throw new ModelFormatException(
                    "the tensor has " + given + " values: expected no more than " + shape.elements() + " for " + shape);
        }
    }

    private byte[][] strings(TensorProto proto, Shape shape) {
        takeRepeated(
                Math.multiplyHigh(shape.elements(), Long.BYTES) == 0
                        ? shape.elements() * Long.BYTES
                        : Long.MAX_VALUE / 2,
                shape);
        byte[][] strings = new byte[(int) shape.elements()][];
        if (!proto.getTensorContent().isEmpty()) {
            fromContent(proto.getTensorContent(), strings);
            return strings;
        }
        int given = proto.getStringValCount();
        requireCount(given, shape);
        for (int i = 0; i < given; i++) {
            strings[i] = proto.getStringVal(i).toByteArray();
        }
        Arrays.fill(strings, given, strings.length, given == 0 ? new byte[0] : strings[given - 1]);
        return strings;
    }

    /** Strings as one piece: all lengths, then all bytes. */
    private static void fromContent(ByteString content, byte[][] strings) {
        try {
            CodedInputStream in = content.newCodedInput();
            int[] lengths = new int[strings.length];
            for (int i = 0; i < lengths.length; i++) {
                lengths[i] = in.readRawVarint32();
            }
            for (int i = 0; i < lengths.length; i++) {
                strings[i] = in.readRawBytes(lengths[i]);
            }
            if (!in.isAtEnd()) {
                throw new ModelFormatException("the tensor has content behind its last string");
            }
        } catch (IOException e) {
            throw new ModelFormatException("the tensor's content ends before its " + strings.length + " strings do", e);
        }
    }
}
