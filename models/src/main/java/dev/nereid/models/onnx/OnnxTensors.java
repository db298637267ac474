package dev.nereid.models.onnx;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** Single tensors in ONNX's format, as its test data has them. Owns the memory of the tensors it read; one thread. */
public final class OnnxTensors implements AutoCloseable {
    /** A tensor and the name it has in its file, which may be empty. */
    public record Named(String name, Tensor tensor) {}

    private final ImportMemory memory = new ImportMemory();

    /**
     * Reads one tensor; it is good until this object is closed.
     *
     * @throws ModelFormatException if {@code message} is not a tensor
     */
    public Named read(byte[] message) {
        MemorySegment file = memory.allocate(message.length);
        MemorySegment.copy(message, 0, file, ValueLayout.JAVA_BYTE, 0, message.length);
        Skeleton skeleton = Skeleton.of(Skeleton.Kind.TENSOR, file);
        try {
            TensorProto proto = TensorProto.parseFrom(CodedInputStream.newInstance(skeleton.message()));
            ExternalData noFiles = new ExternalData(Optional.empty(), memory);
            TensorReader reader = new TensorReader(skeleton.rawData(), memory, noFiles);
            return new Named(proto.getName(), reader.read(proto, "tensor '" + proto.getName() + "'"));
        } catch (IOException e) {
            throw new ModelFormatException("the data is not a tensor: " + e.getMessage(), e);
        }
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
