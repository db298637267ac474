package dev.nereid.perf.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.nereid.perf.data.ElementType;
import dev.nereid.perf.data.InferenceRequest;
import dev.nereid.perf.data.InputTensor;
import dev.nereid.perf.model.TfServingVersions;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.PredictRequest;
import dev.nereid.proto.tensorflow.PredictResponse;
import dev.nereid.proto.tensorflow.PredictionServiceGrpc;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/**
 * TensorFlow Serving's {@code Predict}. Tensors are sent as their bytes, strings as a list; all outputs are asked for.
 *
 * @param version a number, or a label; empty for the latest
 * @param signature which of the model's is called
 */
public record TfServingGrpcFormat(String model, String version, String signature) implements GrpcFormat {
    private static final Map<ElementType, DataType> DATATYPES = new EnumMap<>(Map.ofEntries(
            Map.entry(ElementType.BOOL, DataType.DT_BOOL),
            Map.entry(ElementType.UINT8, DataType.DT_UINT8),
            Map.entry(ElementType.UINT16, DataType.DT_UINT16),
            Map.entry(ElementType.UINT32, DataType.DT_UINT32),
            Map.entry(ElementType.UINT64, DataType.DT_UINT64),
            Map.entry(ElementType.INT8, DataType.DT_INT8),
            Map.entry(ElementType.INT16, DataType.DT_INT16),
            Map.entry(ElementType.INT32, DataType.DT_INT32),
            Map.entry(ElementType.INT64, DataType.DT_INT64),
            Map.entry(ElementType.FP16, DataType.DT_HALF),
            Map.entry(ElementType.BF16, DataType.DT_BFLOAT16),
            Map.entry(ElementType.FP32, DataType.DT_FLOAT),
            Map.entry(ElementType.FP64, DataType.DT_DOUBLE),
            Map.entry(ElementType.BYTES, DataType.DT_STRING)));

    @Override
    public String method() {
        return PredictionServiceGrpc.getPredictMethod().getFullMethodName();
    }

    @Override
    public byte[] encode(InferenceRequest request) {
        PredictRequest.Builder to = PredictRequest.newBuilder()
                .setModelSpec(TfServingVersions.spec(model, version).setSignatureName(signature));
        for (InputTensor input : request.inputs()) {
            to.putInputs(input.name(), tensor(input));
        }
        return to.build().toByteArray();
    }

    private static TensorProto tensor(InputTensor input) {
        ElementType type = ElementType.of(input.datatype());
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        input.shape().forEach(dim -> shape.addDimBuilder().setSize(dim));
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setDtype(DATATYPES.get(type)).setTensorShape(shape);
        ByteBuffer from = input.content();
        if (type != ElementType.BYTES) {
            return tensor.setTensorContent(UnsafeByteOperations.unsafeWrap(from))
                    .build();
        }
        while (from.hasRemaining()) {
            int length = from.getInt();
            tensor.addStringVal(ByteString.copyFrom(from, length));
        }
        return tensor.build();
    }

    @Override
    public Map<String, ByteBuffer> outputs(byte[] answer) {
        try {
            Map<String, ByteBuffer> outputs = new HashMap<>();
            PredictResponse.parseFrom(answer)
                    .getOutputsMap()
                    .forEach((name, tensor) -> outputs.put(name, TfServingTensors.bytes(tensor)));
            return outputs;
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("an answer cannot be read: " + e.getMessage(), e);
        }
    }
}
