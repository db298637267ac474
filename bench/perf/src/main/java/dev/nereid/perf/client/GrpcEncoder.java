package dev.nereid.perf.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import dev.nereid.perf.data.InferenceRequest;
import dev.nereid.perf.data.InputTensor;
import dev.nereid.perf.data.RegionSlice;
import dev.nereid.perf.data.RequestedOutput;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferRequest.InferInputTensor;
import dev.nereid.proto.inference.ModelInferRequest.InferRequestedOutputTensor;
import dev.nereid.proto.inference.ModelInferResponse;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/** KServe's {@code ModelInfer} for one model. */
public record GrpcEncoder(String model, String version) implements GrpcFormat {
    @Override
    public String method() {
        return GRPCInferenceServiceGrpc.getModelInferMethod().getFullMethodName();
    }

    @Override
    public byte[] encode(InferenceRequest request) {
        return message(request).toByteArray();
    }

    /** The request without an id, tensors raw. */
    ModelInferRequest message(InferenceRequest request) {
        ModelInferRequest.Builder to =
                ModelInferRequest.newBuilder().setModelName(model).setModelVersion(version);
        request.parameters().forEach((name, value) -> to.putParameters(name, parameter(value)));
        for (InputTensor input : request.inputs()) {
            InferInputTensor.Builder tensor = InferInputTensor.newBuilder()
                    .setName(input.name())
                    .setDatatype(input.datatype())
                    .addAllShape(input.shape());
            input.region().ifPresent(slice -> tensor.putAllParameters(region(slice)));
            to.addInputs(tensor);
            if (input.region().isEmpty()) {
                to.addRawInputContents(bytes(input));
            }
        }
        for (RequestedOutput output : request.outputs()) {
            InferRequestedOutputTensor.Builder tensor =
                    InferRequestedOutputTensor.newBuilder().setName(output.name());
            output.region().ifPresent(slice -> tensor.putAllParameters(region(slice)));
            to.addOutputs(tensor);
        }
        return to.build();
    }

    @Override
    public Map<String, ByteBuffer> outputs(byte[] answer) {
        try {
            return outputs(ModelInferResponse.parseFrom(answer));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("an answer cannot be read: " + e.getMessage(), e);
        }
    }

    /** The elements of each output of an answer. */
    static Map<String, ByteBuffer> outputs(ModelInferResponse answer) {
        Map<String, ByteBuffer> outputs = new HashMap<>();
        for (int i = 0; i < Math.min(answer.getOutputsCount(), answer.getRawOutputContentsCount()); i++) {
            outputs.put(
                    answer.getOutputs(i).getName(),
                    answer.getRawOutputContents(i).asReadOnlyByteBuffer());
        }
        return outputs;
    }

    private static Map<String, InferParameter> region(RegionSlice slice) {
        Map<String, InferParameter> parameters = new HashMap<>();
        parameters.put("shared_memory_region", parameter(slice.region()));
        parameters.put("shared_memory_byte_size", parameter(slice.bytes()));
        if (slice.offset() > 0) {
            parameters.put("shared_memory_offset", parameter(slice.offset()));
        }
        return parameters;
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
