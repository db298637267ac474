package dev.nereid.bench.networks;

import dev.nereid.bench.models.ByteWeights;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.HashMap;
import java.util.Map;

/**
 * Layers whose products are of bytes, as ONNX Runtime's quantiser writes them without calibration: scale and zero point of
 * what comes in are found anew, once for all products that read it.
 */
final class DynamicLayers extends Layers {
    private static final float STEP = 0.02f;

    private final Map<String, String> quantized = new HashMap<>();

    DynamicLayers(int operatorSet) {
        super(operatorSet);
    }

    @Override
    String matMul(String x, int from, int to) {
        String bytes = quantized.computeIfAbsent(x, floats -> graph().nodeOf(3, "DynamicQuantizeLinear", floats));
        String w = graph().byteWeights(ByteWeights.OF_TENSOR, DataType.INT8, name("w"), from, to);
        String zero = graph().scalarByte(DataType.INT8, name("zero"), 0);
        String product = graph().node("MatMulInteger", bytes, w, bytes + "_2", zero);
        String scale = graph().node("Mul", bytes + "_1", graph().scalar(name("step"), STEP / 14));
        return graph().node("Mul", cast(product, DataType.FLOAT), scale);
    }
}
