package dev.nereid.server.grpc;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.RequestOrigin;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.repository.Model;
import dev.nereid.server.trace.FrontMoments;
import dev.nereid.server.trace.FrontTrace;
import dev.nereid.server.trace.Tracer;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One call that asks a model once and is answered once, of whatever service: decoded on the event loop, answered by whichever
 * thread completes it.
 *
 * @param <A> the message of the answer
 */
public final class UnaryCall<A> {
    private final String name;
    private final Tracer tracer;
    private final StreamObserver<A> observer;

    /** A message as a request to a model, and the way to write what the model answers. */
    public interface Decoded<A> {
        /** The model that is asked. */
        Model model();

        /** The request, which the call closes. */
        InferRequest request();

        /**
         * The message that answers the call. Any thread.
         *
         * @param response closed by the call
         * @throws InferException if it cannot be written
         */
        A answer(InferResponse response);
    }

    /**
     * A call.
     *
     * @param name what the log calls it
     */
    public UnaryCall(String name, Tracer tracer, StreamObserver<A> observer) {
        this.name = name;
        this.tracer = tracer;
        this.observer = observer;
    }

    /** What is known of a request beside its message, of the call that this thread serves. */
    public static RequestOrigin origin() {
        return CallMetadata.origin();
    }

    /** Decodes the message and asks the model. What the decoder throws ends the call. */
    public void start(Supplier<? extends Decoded<A>> decoder) {
        Decoded<A> decoded;
        try {
            decoded = decoder.get();
        } catch (RuntimeException | Error e) {
            observer.onError(GrpcErrors.asStatus(e));
            return;
        }
        InferRequest request = decoded.request();
        if (observer instanceof ServerCallStreamObserver<A> call) {
            call.setOnCancelHandler(() -> CallCancellation.cancel(name, List.of(request)));
        }
        Optional<String> parent = tracer.readsParents() ? CallMetadata.traceParent() : Optional.empty();
        FrontTrace trace = tracer.begin(request, FrontMoments.GRPC, parent);
        decoded.model().infer(request, trace.watch(new Answer(decoded, trace)));
    }

    /** Sends the one response and frees the request. */
    private final class Answer implements ResponseSink {
        private final Decoded<A> decoded;
        private final FrontTrace trace;

        Answer(Decoded<A> decoded, FrontTrace trace) {
            this.decoded = decoded;
            this.trace = trace;
        }

        @Override
        public void respond(InferResponse response, boolean last) {
            A message;
            try (response) {
                message = decoded.answer(response);
            } catch (RuntimeException | Error e) {
                fail(GrpcErrors.asStatus(e));
                return;
            }
            try (trace) {
                decoded.request().close();
                trace.sendStart();
                observer.onNext(message);
                observer.onCompleted();
                trace.sendEnd();
            }
        }

        @Override
        public void fail(InferException error) {
            fail(GrpcErrors.status(error).asRuntimeException());
        }

        private void fail(StatusRuntimeException status) {
            try (trace) {
                decoded.request().close();
                trace.sendStart();
                observer.onError(status);
                trace.sendEnd();
            }
        }

        @Override
        public void end() {
            fail(InferException.internal("expected a single response, got 0"));
        }
    }
}
