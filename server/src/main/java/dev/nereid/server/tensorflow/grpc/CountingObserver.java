package dev.nereid.server.tensorflow.grpc;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;

/** The observer of a call, which tells how the call ends. */
final class CountingObserver<A> extends ServerCallStreamObserver<A> {
    private final ServerCallStreamObserver<A> observer;
    private final End end;
    private final long receivedNanos = System.nanoTime();

    /** Is told once. */
    interface End {
        /**
         * A call has ended.
         *
         * @param status the name of its code
         * @param receivedNanos when it came, as {@link System#nanoTime} told it
         */
        void answered(String status, long receivedNanos);
    }

    CountingObserver(ServerCallStreamObserver<A> observer, End end) {
        this.observer = observer;
        this.end = end;
    }

    @Override
    public void onNext(A value) {
        observer.onNext(value);
    }

    @Override
    public void onError(Throwable error) {
        end.answered(Status.fromThrowable(error).getCode().name(), receivedNanos);
        observer.onError(error);
    }

    @Override
    public void onCompleted() {
        end.answered(Status.Code.OK.name(), receivedNanos);
        observer.onCompleted();
    }

    @Override
    public boolean isCancelled() {
        return observer.isCancelled();
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {
        observer.setOnCancelHandler(handler);
    }

    @Override
    public void setCompression(String compression) {
        observer.setCompression(compression);
    }

    @Override
    public boolean isReady() {
        return observer.isReady();
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {
        observer.setOnReadyHandler(handler);
    }

    @Override
    public void request(int count) {
        observer.request(count);
    }

    @Override
    public void setMessageCompression(boolean enable) {
        observer.setMessageCompression(enable);
    }

    @Override
    public void disableAutoInboundFlowControl() {
        observer.disableAutoInboundFlowControl();
    }
}
