package dev.nereid.server.grpc;

import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;

/** The first answer of a call, or its error. */
final class FirstAnswer<T> extends CompletableFuture<T> implements StreamObserver<T> {
    @Override
    public void onNext(T response) {
        complete(response);
    }

    @Override
    public void onError(Throwable error) {
        completeExceptionally(error);
    }

    @Override
    public void onCompleted() {}
}
