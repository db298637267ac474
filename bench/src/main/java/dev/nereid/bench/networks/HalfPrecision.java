package dev.nereid.bench.networks;

import com.google.protobuf.ByteString;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.proto.onnx.ValueInfoProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** A model of floats as one of 16 bits, as converters make it: weights, inputs and outputs, and casts to floats. */
final class HalfPrecision {
    /** What is beyond becomes the greatest number of 16 bits, not infinity: masks are such numbers. */
    private static final float GREATEST = 65504;

    /** An input that is FP32 whatever the images are. */
    private static final int RESIZE_SCALES = 2;

    private HalfPrecision() {}

    static ModelProto of(ModelProto model) {
        ModelProto.Builder half = model.toBuilder();
        Set<String> scales = model.getGraph().getNodeList().stream()
                .filter(node -> node.getOpType().equals("Resize"))
                .map(node -> node.getInput(RESIZE_SCALES))
                .collect(Collectors.toSet());
        half.getGraphBuilder().getInitializerBuilderList().stream()
                .filter(weights -> !scales.contains(weights.getName()))
                .forEach(HalfPrecision::shorten);
        half.getGraphBuilder().getInputBuilderList().forEach(HalfPrecision::shorten);
        half.getGraphBuilder().getOutputBuilderList().forEach(HalfPrecision::shorten);
        half.getGraphBuilder().getNodeBuilderList().stream()
                .filter(node -> node.getOpType().equals("Cast"))
                .map(NodeProto.Builder::getAttributeBuilderList)
                .flatMap(List::stream)
                .filter(to -> to.getI() == DataType.FLOAT_VALUE)
                .forEach((AttributeProto.Builder to) -> to.setI(DataType.FLOAT16_VALUE));
        return half.build();
    }

    private static void shorten(ValueInfoProto.Builder value) {
        var type = value.getTypeBuilder().getTensorTypeBuilder();
        if (type.getElemType() == DataType.FLOAT_VALUE) {
            type.setElemType(DataType.FLOAT16_VALUE);
        }
    }

    private static void shorten(TensorProto.Builder weights) {
        if (weights.getDataType() != DataType.FLOAT_VALUE) {
            return;
        }
        ByteBuffer floats = weights.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer halves = ByteBuffer.allocate(floats.remaining() / 2).order(ByteOrder.LITTLE_ENDIAN);
        while (floats.hasRemaining()) {
            halves.putShort(Float.floatToFloat16(Math.clamp(floats.getFloat(), -GREATEST, GREATEST)));
        }
        weights.setDataType(DataType.FLOAT16_VALUE).setRawData(ByteString.copyFrom(halves.flip()));
    }
}
