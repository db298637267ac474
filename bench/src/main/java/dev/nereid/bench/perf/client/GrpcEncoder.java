package dev.nereid.bench.perf.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.nereid.bench.perf.data.InferenceRequest;
import dev.nereid.bench.perf.data.InputTensor;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferRequest.InferInputTensor;
import dev.nereid.proto.inference.ModelInferRequest.InferRequestedOutputTensor;

/** Writes requests for one model as protobuf messages. */
public record GrpcEncoder(String model, String version) {
    /** The request without an id, tensors raw. */
    ModelInferRequest encode(InferenceRequest request) {
        ModelInferRequest.Builder to =
                ModelInferRequest.newBuilder().setModelName(model).setModelVersion(version);
        request.parameters().forEach((name, value) -> to.putParameters(name, parameter(value)));
        for (InputTensor input : request.inputs()) {
            to.addInputs(InferInputTensor.newBuilder()
                    .setName(input.name())
                    .setDatatype(input.datatype())
                    .addAllShape(input.shape()));
            to.addRawInputContents(bytes(input));
        }
        request.outputs()
                .forEach(output ->
                        to.addOutputs(InferRequestedOutputTensor.newBuilder().setName(output)));
        return to.build();
    }

    private static ByteString bytes(InputTensor input) {
        return UnsafeByteOperations.unsafeWrap(input.content());
    }

    private static InferParameter parameter(Object value) {
        InferParameter.Builder parameter = InferParameter.newBuilder();
        return switch (value) {
            case Boolean flag -> parameter.setBoolParam(flag).build();
            case Long number -> parameter.setInt64Param(number).build();
            case Double number -> parameter.setDoubleParam(number).build();
            default -> parameter.setStringParam(value.toString()).build();
        };
    }
}
