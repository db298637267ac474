package dev.nereid.server.grpc;

import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Streams as a client sees them that sends all it has and then waits for the end. */
final class WholeStream {
    private WholeStream() {}

    /** Everything that a stream of these requests is answered with, in order. */
    static List<ModelStreamInferResponse> of(Channel channel, ModelInferRequest... requests) {
        CompletableFuture<List<ModelStreamInferResponse>> all = new CompletableFuture<>();
        List<ModelStreamInferResponse> answers = new ArrayList<>();
        StreamObserver<ModelInferRequest> stream = GRPCInferenceServiceGrpc.newStub(channel)
                .modelStreamInfer(new StreamObserver<>() {
                    @Override
                    public void onNext(ModelStreamInferResponse response) {
                        answers.add(response);
                    }

                    @Override
                    public void onError(Throwable error) {
                        all.completeExceptionally(error);
                    }

                    @Override
                    public void onCompleted() {
                        all.complete(answers);
                    }
                });
        for (ModelInferRequest request : requests) {
            stream.onNext(request);
        }
        stream.onCompleted();
        return all.orTimeout(30, TimeUnit.SECONDS).join();
    }
}
