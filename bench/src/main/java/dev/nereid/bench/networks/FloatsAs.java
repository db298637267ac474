package dev.nereid.bench.networks;

import com.google.protobuf.ByteString;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.proto.onnx.ValueInfoProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;

/**
 * A model of floats as one of another type, as converters make it: weights, inputs, outputs, and casts to floats.
 *
 * @param bytes of an element
 */
record FloatsAs(DataType type, int bytes, Writer writer) {
    /** Puts a number as an element of the type. */
    @FunctionalInterface
    interface Writer {
        void put(ByteBuffer elements, float number);
    }

    /** @param kept names of weights that stay floats */
    ModelProto of(ModelProto model, Set<String> kept) {
        ModelProto.Builder converted = model.toBuilder();
        converted.getGraphBuilder().getInitializerBuilderList().stream()
                .filter(weights -> !kept.contains(weights.getName()))
                .forEach(this::convert);
        converted.getGraphBuilder().getInputBuilderList().forEach(this::convert);
        converted.getGraphBuilder().getOutputBuilderList().forEach(this::convert);
        converted.getGraphBuilder().getNodeBuilderList().stream()
                .filter(node -> node.getOpType().equals("Cast"))
                .flatMap(node -> node.getAttributeBuilderList().stream())
                .filter(to -> to.getI() == DataType.FLOAT_VALUE)
                .forEach(to -> to.setI(type.getNumber()));
        return converted.build();
    }

    private void convert(ValueInfoProto.Builder value) {
        var tensor = value.getTypeBuilder().getTensorTypeBuilder();
        if (tensor.getElemType() == DataType.FLOAT_VALUE) {
            tensor.setElemType(type.getNumber());
        }
    }

    private void convert(TensorProto.Builder weights) {
        if (weights.getDataType() != DataType.FLOAT_VALUE) {
            return;
        }
        ByteBuffer floats = weights.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer elements =
                ByteBuffer.allocate(floats.remaining() / Float.BYTES * bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (floats.hasRemaining()) {
            writer.put(elements, floats.getFloat());
        }
        weights.setDataType(type.getNumber()).setRawData(ByteString.copyFrom(elements.flip()));
    }
}
