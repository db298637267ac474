package dev.nereid.server.tensorflow.grpc;

import dev.nereid.proto.tensorflow.GetModelStatusRequest;
import dev.nereid.proto.tensorflow.GetModelStatusResponse;
import dev.nereid.proto.tensorflow.ModelServiceGrpc;
import dev.nereid.proto.tensorflow.ReloadConfigRequest;
import dev.nereid.proto.tensorflow.ReloadConfigResponse;
import dev.nereid.proto.tensorflow.StatusProto;
import dev.nereid.server.grpc.Calls;
import dev.nereid.server.tensorflow.Servables;
import io.grpc.stub.StreamObserver;

/** The states of models, and another configuration of them, as TensorFlow Serving's clients ask for them. */
final class ModelService extends ModelServiceGrpc.ModelServiceImplBase {
    private final Servables servables;

    ModelService(Servables servables) {
        this.servables = servables;
    }

    @Override
    public void getModelStatus(GetModelStatusRequest message, StreamObserver<GetModelStatusResponse> observer) {
        Calls.answer(
                observer,
                () -> GetModelStatusResponse.newBuilder()
                        .addAllModelVersionStatus(
                                servables.probedStatus(ModelSpecs.read(message.hasModelSpec(), message.getModelSpec())))
                        .build());
    }

    /** As in TensorFlow Serving, what fails ends the call, and is told by its status alone. */
    @Override
    public void handleReloadConfigRequest(ReloadConfigRequest message, StreamObserver<ReloadConfigResponse> observer) {
        Calls.answerBlocking(observer, () -> {
            servables.reload(message.getConfig());
            return ReloadConfigResponse.newBuilder()
                    .setStatus(StatusProto.getDefaultInstance())
                    .build();
        });
    }
}
