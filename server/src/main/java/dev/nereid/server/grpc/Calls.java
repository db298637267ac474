package dev.nereid.server.grpc;

import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import java.util.function.Supplier;

/** Ends unary calls: with an answer, or with the status of what was thrown. */
public final class Calls {
    private Calls() {}

    /** Computes the answer on this thread; it must not block. */
    public static <A> void answer(StreamObserver<A> observer, Supplier<A> answer) {
        A value;
        try {
            value = answer.get();
        } catch (RuntimeException | Error e) {
            observer.onError(GrpcErrors.asStatus(e));
            return;
        }
        observer.onNext(value);
        observer.onCompleted();
    }

    /** Computes the answer on a thread of its own, for calls that wait. */
    public static <A> void answerBlocking(StreamObserver<A> observer, Supplier<A> answer) {
        Thread.ofVirtual().name("grpc-call").start(Context.current().wrap(() -> answer(observer, answer)));
    }
}
