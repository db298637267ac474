package dev.nereid.bench.networks;

import com.google.protobuf.ByteString;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.proto.onnx.ValueInfoProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A model of floats as one of doubles, as converters make it of what was trained in doubles. */
final class DoublePrecision {
    private DoublePrecision() {}

    static ModelProto of(ModelProto model) {
        ModelProto.Builder twice = model.toBuilder();
        twice.getGraphBuilder().getInitializerBuilderList().forEach(DoublePrecision::widen);
        twice.getGraphBuilder().getInputBuilderList().forEach(DoublePrecision::widen);
        twice.getGraphBuilder().getOutputBuilderList().forEach(DoublePrecision::widen);
        return twice.build();
    }

    private static void widen(ValueInfoProto.Builder value) {
        var type = value.getTypeBuilder().getTensorTypeBuilder();
        if (type.getElemType() == DataType.FLOAT_VALUE) {
            type.setElemType(DataType.DOUBLE_VALUE);
        }
    }

    private static void widen(TensorProto.Builder weights) {
        if (weights.getDataType() != DataType.FLOAT_VALUE) {
            return;
        }
        ByteBuffer floats = weights.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer doubles = ByteBuffer.allocate(2 * floats.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        while (floats.hasRemaining()) {
            doubles.putDouble(floats.getFloat());
        }
        weights.setDataType(DataType.DOUBLE_VALUE).setRawData(ByteString.copyFrom(doubles.flip()));
    }
}
