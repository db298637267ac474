package dev.nereid.models.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.MapType;
import dev.nereid.models.graph.OptionalType;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.SequenceType;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.proto.onnx.MapProto;
import dev.nereid.proto.onnx.OptionalProto;
import dev.nereid.proto.onnx.SequenceProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** Single values in ONNX's format, as its test data has them. Owns the memory of what it read; one thread. */
public final class OnnxTensors implements AutoCloseable {
    /** A value and the name it has in its file, which may be empty. */
    public record Named(String name, RunValue value) {
        /** The tensor, where the value is one. */
        public Tensor tensor() {
            return value.tensor();
        }
    }

    private final ImportMemory memory = new ImportMemory();

    /**
     * Reads one tensor; it is good until this object is closed.
     *
     * @throws ModelFormatException if {@code message} is not a tensor
     */
    public Named read(byte[] message) {
        return read(message, TensorType.ofUnknownRank(DataType.FP32));
    }

    /**
     * Reads one value of the kind that {@code type} is; it is good until this object is closed.
     *
     * @throws ModelFormatException if {@code message} is no such value
     */
    public Named read(byte[] message, ValueType type) {
        MemorySegment file = memory.allocate(message.length);
        MemorySegment.copy(message, 0, file, ValueLayout.JAVA_BYTE, 0, message.length);
        try {
            return switch (type) {
                case TensorType _ -> {
                    MessageWithoutWeights stripped = MessageWithoutWeights.of(MessageWithoutWeights.Kind.TENSOR, file);
                    TensorProto proto = TensorProto.parseFrom(stream(stripped));
                    Tensor tensor = tensors(stripped).read(proto, "tensor '" + proto.getName() + "'");
                    yield new Named(proto.getName(), RunValue.of(tensor));
                }
                case SequenceType _ -> {
                    MessageWithoutWeights stripped =
                            MessageWithoutWeights.of(MessageWithoutWeights.Kind.SEQUENCE, file);
                    SequenceProto proto = SequenceProto.parseFrom(stream(stripped));
                    yield new Named(proto.getName(), values(stripped).sequence(proto));
                }
                case OptionalType _ -> {
                    MessageWithoutWeights stripped =
                            MessageWithoutWeights.of(MessageWithoutWeights.Kind.OPTIONAL, file);
                    OptionalProto proto = OptionalProto.parseFrom(stream(stripped));
                    yield new Named(proto.getName(), values(stripped).optional(proto));
                }
                case MapType _ -> {
                    MessageWithoutWeights stripped = MessageWithoutWeights.of(MessageWithoutWeights.Kind.MAP, file);
                    MapProto proto = MapProto.parseFrom(stream(stripped));
                    yield new Named(proto.getName(), values(stripped).map(proto));
                }
            };
        } catch (IOException e) {
            throw new ModelFormatException("the data is not of the type " + type + ": " + e.getMessage(), e);
        }
    }

    private static CodedInputStream stream(MessageWithoutWeights stripped) {
        return CodedInputStream.newInstance(stripped.message());
    }

    private TensorReader tensors(MessageWithoutWeights stripped) {
        return new TensorReader(stripped.rawData(), memory, new ExternalData(Optional.empty(), memory));
    }

    private OnnxValues values(MessageWithoutWeights stripped) {
        TensorReader tensors = tensors(stripped);
        return new OnnxValues(tensors, new SparseTensors(tensors, memory), memory);
    }

    /** The message of a tensor. */
    public static byte[] write(String name, Tensor tensor) {
        TensorProto.Builder proto =
                TensorProto.newBuilder().setName(name).setDataType(OnnxTypes.number(tensor.dataType()));
        for (long dim : tensor.shape().dims()) {
            proto.addDims(dim);
        }
        if (tensor.dataType() == DataType.STRING) {
            for (int i = 0; i < tensor.shape().elements(); i++) {
                proto.addStringData(UnsafeByteOperations.unsafeWrap(tensor.strings()[i]));
            }
        } else {
            proto.setRawData(UnsafeByteOperations.unsafeWrap(rawData(tensor)));
        }
        return proto.build().toByteArray();
    }

    @Override
    public void close() {
        memory.close();
    }

    private static byte[] rawData(Tensor tensor) {
        byte[] bytes = tensor.segment().asSlice(0, tensor.byteSize()).toArray(ValueLayout.JAVA_BYTE);
        int bits = ElementTypes.bits(tensor.dataType());
        if (bits >= 8) {
            return bytes;
        }
        byte[] packed = new byte[Math.ceilDiv(bytes.length * bits, 8)];
        for (int i = 0; i < bytes.length; i++) {
            int low = bytes[i] & (1 << bits) - 1;
            packed[i * bits / 8] |= (byte) (low << i * bits % 8);
        }
        return packed;
    }
}
