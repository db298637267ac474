package dev.nereid.server.rehearsal;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.InferTensorContents;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelMetadataRequest;
import dev.nereid.proto.inference.ModelReadyRequest;
import dev.nereid.proto.inference.ServerLiveRequest;
import dev.nereid.proto.inference.ServerReadyRequest;
import io.grpc.MethodDescriptor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The gRPC calls of the request-path warm-up, each with one message. Clients differ in where they put tensors and whether
 * they stream.
 */
final class WarmupGrpcCalls {
    /**
     * One call.
     *
     * @param path of the method
     * @param message behind the five bytes that gRPC puts before each
     */
    record Call(String path, ByteString message) {}

    private static final int PREFIX = 1 + Integer.BYTES;

    private WarmupGrpcCalls() {}

    /** The calls of one client, in order. */
    static List<Call> all() {
        List<Call> calls = new ArrayList<>();
        calls.add(call(GRPCInferenceServiceGrpc.getServerLiveMethod(), ServerLiveRequest.getDefaultInstance()));
        calls.add(call(GRPCInferenceServiceGrpc.getServerReadyMethod(), ServerReadyRequest.getDefaultInstance()));
        for (RequestPathWarmupModel model : RequestPathWarmupModel.ALL) {
            String name = model.name();
            calls.add(call(
                    GRPCInferenceServiceGrpc.getModelReadyMethod(),
                    ModelReadyRequest.newBuilder().setName(name).build()));
            calls.add(call(
                    GRPCInferenceServiceGrpc.getModelMetadataMethod(),
                    ModelMetadataRequest.newBuilder().setName(name).build()));
            calls.add(call(GRPCInferenceServiceGrpc.getModelInferMethod(), raw(model)));
            calls.add(call(GRPCInferenceServiceGrpc.getModelStreamInferMethod(), raw(model)));
            calls.add(call(GRPCInferenceServiceGrpc.getModelInferMethod(), typed(model)));
        }
        return calls;
    }

    static Call call(MethodDescriptor<?, ?> method, MessageLite message) {
        byte[] prefix = ByteBuffer.allocate(PREFIX)
                .put((byte) 0)
                .putInt(message.getSerializedSize())
                .array();
        return new Call(
                "/" + method.getFullMethodName(), ByteString.copyFrom(prefix).concat(message.toByteString()));
    }

    /** Tensors of zeros as bytes behind the message's fields. */
    private static ModelInferRequest raw(RequestPathWarmupModel model) {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName(model.name());
        for (WarmupHttpRequests.Input input : WarmupHttpRequests.inputs(model)) {
            request.addInputs(tensor(input));
            request.addRawInputContents(ByteString.copyFrom(new byte[WarmupHttpRequests.ELEMENTS * input.bytes()]));
        }
        return request.build();
    }

    /** The same tensors as fields of the message, and one output by its name. */
    private static ModelInferRequest typed(RequestPathWarmupModel model) {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder()
                .setModelName(model.name())
                .setId("request-warmup")
                .addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder()
                        .setName(model.output()));
        for (WarmupHttpRequests.Input input : WarmupHttpRequests.inputs(model)) {
            InferTensorContents.Builder contents = InferTensorContents.newBuilder();
            for (int i = 0; i < WarmupHttpRequests.ELEMENTS; i++) {
                input.addTo(contents);
            }
            request.addInputs(tensor(input).setContents(contents));
        }
        return request.build();
    }

    private static ModelInferRequest.InferInputTensor.Builder tensor(WarmupHttpRequests.Input input) {
        return ModelInferRequest.InferInputTensor.newBuilder()
                .setName(input.name())
                .setDatatype(input.datatype())
                .addShape(1)
                .addShape(WarmupHttpRequests.ELEMENTS);
    }
}
