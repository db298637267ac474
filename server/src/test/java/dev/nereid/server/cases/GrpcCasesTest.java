package dev.nereid.server.cases;

import com.google.protobuf.ByteString;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferRequest.InferInputTensor;
import dev.nereid.proto.inference.ModelInferRequest.InferRequestedOutputTensor;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.server.cases.Exchange.Answer;
import dev.nereid.server.cases.Exchange.Request;
import dev.nereid.server.cases.Exchange.Tensor;
import dev.nereid.server.cases.Exchange.Wanted;
import dev.nereid.server.grpc.GrpcConfig;
import dev.nereid.server.grpc.GrpcFront;
import dev.nereid.server.repository.ModelRepository;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The cases over gRPC, with raw tensor contents. */
@SuppressWarnings("NullAway.Init") // startFront comes first
class GrpcCasesTest extends ProtocolCases {
    private GrpcFront front;
    private ManagedChannel channel;

    @Override
    void startFront(ModelRepository models, SlabPool slabs) {
        front = GrpcFront.start(new GrpcConfig("127.0.0.1", 0, "triton"), models, slabs);
        channel = NettyChannelBuilder.forAddress("127.0.0.1", front.port())
                .usePlaintext()
                .build();
    }

    @Override
    void stopFront(Duration timeout) {
        channel.shutdownNow();
        front.stop(timeout);
    }

    @Override
    Answer infer(Request request) {
        ModelInferRequest.Builder message = ModelInferRequest.newBuilder()
                .setModelName(request.model())
                .setModelVersion(request.version())
                .setId(request.id());
        for (Tensor input : request.inputs()) {
            message.addInputs(InferInputTensor.newBuilder()
                            .setName(input.name())
                            .setDatatype(input.datatype())
                            .addAllShape(input.shape()))
                    .addRawInputContents(ByteString.copyFrom(input.data()));
        }
        for (Wanted wanted : request.wanted()) {
            InferRequestedOutputTensor.Builder output =
                    InferRequestedOutputTensor.newBuilder().setName(wanted.name());
            if (wanted.classes() > 0) {
                output.putParameters(
                        "classification",
                        InferParameter.newBuilder()
                                .setInt64Param(wanted.classes())
                                .build());
            }
            message.addOutputs(output);
        }
        try {
            return answer(GRPCInferenceServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(60, TimeUnit.SECONDS)
                    .modelInfer(message.build()));
        } catch (StatusRuntimeException e) {
            return new Answer.Failure(String.valueOf(e.getStatus().getDescription()));
        }
    }

    private static Answer answer(ModelInferResponse response) {
        List<Tensor> outputs = new ArrayList<>();
        for (int i = 0; i < response.getOutputsCount(); i++) {
            ModelInferResponse.InferOutputTensor output = response.getOutputs(i);
            outputs.add(new Tensor(
                    output.getName(),
                    output.getDatatype(),
                    output.getShapeList(),
                    response.getRawOutputContents(i).toByteArray()));
        }
        return new Answer.Success(response.getModelName(), response.getModelVersion(), response.getId(), outputs);
    }
}
