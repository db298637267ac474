package dev.nereid.bench.networks;

import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.Set;
import java.util.stream.Collectors;

/** A model of floats as one of 16 bits. */
final class HalfPrecision {
    /** What is beyond becomes the greatest number of 16 bits, not infinity: masks are such numbers. */
    private static final float GREATEST = 65504;

    /** An input that is FP32 whatever the images are. */
    private static final int RESIZE_SCALES = 2;

    private static final FloatsAs HALVES = new FloatsAs(
            DataType.FLOAT16,
            Short.BYTES,
            (halves, number) -> halves.putShort(Float.floatToFloat16(Math.clamp(number, -GREATEST, GREATEST))));

    private HalfPrecision() {}

    static ModelProto of(ModelProto model) {
        Set<String> scales = model.getGraph().getNodeList().stream()
                .filter(node -> node.getOpType().equals("Resize"))
                .map(node -> node.getInput(RESIZE_SCALES))
                .collect(Collectors.toSet());
        return HALVES.of(model, scales);
    }
}
