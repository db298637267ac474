package dev.nereid.server.tensorflow.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.tensorflow.graph.TensorValues;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import dev.nereid.server.protocol.HeapSizes;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.tensorflow.TensorflowTypes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Reads tensors of messages in all their spellings: bytes, or a list of numbers, whose last one is repeated to the end of the
 * tensor. Source: tensor.proto and Tensor::FromProto.
 */
final class TensorReader {

    private final SlabPool memory;
    private final List<? super SlabPool.Slab> owned;
    private final LongConsumer heap;

    /**
     * A reader of the tensors of one request.
     *
     * @param owned gets the memory that tensors lie in
     * @param heap is told what strings will take of the heap, before they do; throws if that does not fit
     */
    TensorReader(SlabPool memory, List<? super SlabPool.Slab> owned, LongConsumer heap) {
        this.memory = memory;
        this.owned = owned;
        this.heap = heap;
    }

    /**
     * Reads a tensor.
     *
     * @param name for errors
     * @throws InferException if its type is not known, or its elements do not fit its shape
     */
    Tensor read(String name, TensorProto proto) {
        DataType type = TensorflowTypes.of(proto.getDtype())
                .orElseThrow(() -> InferException.invalid(
                        "tensor '" + name + "' has the datatype " + datatype(proto) + ", which is not supported"));
        Shape shape = shape(name, proto);
        if (type == DataType.STRING) {
            return Tensor.ofStrings(shape, strings(name, proto, shape.elements()));
        }
        if (shape.elements() > Long.MAX_VALUE / type.bytes()) {
            throw invalid(name, "has too many elements: " + shape);
        }
        int given = proto.getTensorContent().isEmpty() ? TensorValues.count(proto, type) : 0;
        long bytes = shape.elements() * type.bytes();
        if (!proto.getTensorContent().isEmpty() && proto.getTensorContent().size() != bytes) {
            throw invalid(
                    name,
                    "has " + proto.getTensorContent().size() + " bytes of content: expected " + bytes + " for "
                            + TensorflowTypes.name(type) + " " + shape);
        }
        checkCount(name, given, shape);
        SlabPool.Slab slab = memory.take(bytes);
        owned.add(slab);
        MemorySegment target = slab.segment();
        if (!proto.getTensorContent().isEmpty()) {
            proto.getTensorContent().copyTo(target.asByteBuffer());
        } else {
            TensorValues.copy(proto, type, given, target);
            TensorValues.repeatLast(target, given, shape.elements(), type.bytes());
        }
        return Tensor.of(type, shape, target);
    }

    private static String datatype(TensorProto proto) {
        return proto.getDtype() == dev.nereid.proto.tensorflow.DataType.UNRECOGNIZED
                ? Integer.toString(proto.getDtypeValue())
                : proto.getDtype().name();
    }

    private static InferException invalid(String name, String what) {
        return InferException.invalid("tensor '" + name + "' " + what);
    }

    private static Shape shape(String name, TensorProto proto) {
        TensorShapeProto shape = proto.getTensorShape();
        if (shape.getUnknownRank()) {
            throw invalid(name, "has no shape: unknown_rank is set");
        }
        long[] dims = new long[shape.getDimCount()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = shape.getDim(i).getSize();
        }
        if (Arrays.stream(dims).anyMatch(dim -> dim < 0)) {
            throw invalid(name, "has a negative dim: " + Arrays.toString(dims));
        }
        try {
            return Shape.of(dims);
        } catch (ArithmeticException | IllegalArgumentException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG,
                    "tensor '" + name + "' has too many elements: " + Arrays.toString(dims),
                    e);
        }
    }

    private static void checkCount(String name, int given, Shape shape) {
        if (given > shape.elements()) {
            throw invalid(
                    name, "has " + given + " values: expected no more than " + shape.elements() + " for " + shape);
        }
    }

    private byte[][] strings(String name, TensorProto proto, long elements) {
        if (elements > Integer.MAX_VALUE - 8) {
            throw invalid(name, "has too many strings: " + elements);
        }
        heap.accept(elements * Long.BYTES);
        byte[][] strings = new byte[(int) elements][];
        if (!proto.getTensorContent().isEmpty()) {
            fromContent(name, proto.getTensorContent(), strings);
            return strings;
        }
        int given = proto.getStringValCount();
        checkCount(name, given, Shape.of(elements));
        for (int i = 0; i < given; i++) {
            heap.accept(HeapSizes.element(proto.getStringVal(i).size()));
            strings[i] = proto.getStringVal(i).toByteArray();
        }
        Arrays.fill(strings, given, strings.length, given == 0 ? new byte[0] : strings[given - 1]);
        return strings;
    }

    /** Strings as one piece: all lengths, then all bytes. */
    private void fromContent(String name, ByteString content, byte[][] strings) {
        try {
            CodedInputStream in = content.newCodedInput();
            int[] lengths = new int[strings.length];
            heap.accept((long) strings.length * Integer.BYTES);
            for (int i = 0; i < lengths.length; i++) {
                lengths[i] = in.readRawVarint32();
            }
            for (int i = 0; i < lengths.length; i++) {
                heap.accept(HeapSizes.element(Math.max(lengths[i], 0)));
                strings[i] = in.readRawBytes(lengths[i]);
            }
            if (!in.isAtEnd()) {
                throw invalid(name, "has content behind its last string");
            }
        } catch (IOException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG,
                    "tensor '" + name + "' has content that ends before its " + strings.length + " strings do",
                    e);
        }
    }
}
