package dev.nereid.server.tensorflow.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.tensorflow.TensorflowTypes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Writes tensors into messages, as lists of numbers or, if the server is told so, as bytes. */
final class TensorWriter {
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE);

    private TensorWriter() {}

    /**
     * Copies a tensor into a message.
     *
     * @param asContent whether numbers are written as bytes
     * @throws InferException if messages cannot carry the type or that many elements
     */
    static TensorProto write(String name, Tensor tensor, boolean asContent) {
        DataType type = tensor.dataType();
        dev.nereid.proto.tensorflow.DataType wire = TensorflowTypes.wire(type);
        if (wire == dev.nereid.proto.tensorflow.DataType.DT_INVALID) {
            throw InferException.internal(
                    "output '" + name + "' has a type that TensorFlow does not have: " + type.protocolName());
        }
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dim : tensor.shape().dims()) {
            shape.addDimBuilder().setSize(dim);
        }
        TensorProto.Builder proto = TensorProto.newBuilder().setDtype(wire).setTensorShape(shape);
        long elements = tensor.shape().elements();
        if (type == DataType.STRING) {
            for (int i = 0; i < elements; i++) {
                proto.addStringVal(UnsafeByteOperations.unsafeWrap(tensor.strings()[i]));
            }
            return proto.build();
        }
        if (tensor.byteSize() > Integer.MAX_VALUE - 8) {
            throw InferException.internal(
                    "output '" + name + "' has " + tensor.byteSize() + " bytes: a message carries no more than 2 GiB");
        }
        if (asContent) {
            return proto.setTensorContent(ByteString.copyFrom(
                            tensor.segment().asSlice(0, tensor.byteSize()).asByteBuffer()))
                    .build();
        }
        addAll(proto, type, tensor.segment(), elements);
        return proto.build();
    }

    private static void addAll(TensorProto.Builder proto, DataType type, MemorySegment source, long count) {
        switch (type) {
            case FP32 -> {
                for (long i = 0; i < count; i++) {
                    proto.addFloatVal(source.get(FLOAT, i * Float.BYTES));
                }
            }
            case FP64 -> {
                for (long i = 0; i < count; i++) {
                    proto.addDoubleVal(source.get(DOUBLE, i * Double.BYTES));
                }
            }
            case INT64 -> {
                for (long i = 0; i < count; i++) {
                    proto.addInt64Val(source.get(LONG, i * Long.BYTES));
                }
            }
            case UINT64 -> {
                for (long i = 0; i < count; i++) {
                    proto.addUint64Val(source.get(LONG, i * Long.BYTES));
                }
            }
            case INT32 -> {
                for (long i = 0; i < count; i++) {
                    proto.addIntVal(source.get(INT, i * Integer.BYTES));
                }
            }
            case UINT32 -> {
                for (long i = 0; i < count; i++) {
                    proto.addUint32Val(source.get(INT, i * Integer.BYTES));
                }
            }
            case INT16 -> {
                for (long i = 0; i < count; i++) {
                    proto.addIntVal(source.get(SHORT, i * Short.BYTES));
                }
            }
            case UINT16 -> {
                for (long i = 0; i < count; i++) {
                    proto.addIntVal(Short.toUnsignedInt(source.get(SHORT, i * Short.BYTES)));
                }
            }
            case FP16, BF16 -> {
                for (long i = 0; i < count; i++) {
                    proto.addHalfVal(Short.toUnsignedInt(source.get(SHORT, i * Short.BYTES)));
                }
            }
            case INT8 -> {
                for (long i = 0; i < count; i++) {
                    proto.addIntVal(source.get(ValueLayout.JAVA_BYTE, i));
                }
            }
            case UINT8 -> {
                for (long i = 0; i < count; i++) {
                    proto.addIntVal(Byte.toUnsignedInt(source.get(ValueLayout.JAVA_BYTE, i)));
                }
            }
            case BOOL -> {
                for (long i = 0; i < count; i++) {
                    proto.addBoolVal(source.get(ValueLayout.JAVA_BYTE, i) != 0);
                }
            }
            default -> throw new IllegalStateException("no list for " + type);
        }
    }
}
