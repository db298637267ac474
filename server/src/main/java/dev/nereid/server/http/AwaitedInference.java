package dev.nereid.server.http;

import dev.nereid.server.http.connection.GuardedConnection;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.SingleResponse;
import dev.nereid.server.repository.Model;
import dev.nereid.server.trace.FrontTrace;
import dev.nereid.server.trace.Tracer;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Runs a request that came over HTTP and waits on the connection's thread for its one response. A client that hangs up, and
 * time that is over, cancel it.
 *
 * @param mostTime what a request may take from its arrival on
 */
public record AwaitedInference(Tracer tracer, Duration mostTime) {
    /** A request that is answered sooner is not worth listening for a client that hangs up. */
    private static final Duration UNWATCHED = Duration.ofMillis(250);

    /** For requests that may take as long as they do. */
    AwaitedInference(Tracer tracer) {
        this(tracer, Duration.ofNanos(Long.MAX_VALUE));
    }

    /** What becomes of an error of the request. */
    interface Failure {
        /**
         * Answers an error.
         *
         * @param refused whether nothing of the request was run
         */
        void answer(InferException error, boolean refused);
    }

    /**
     * Runs a request and has its response written. Closes both.
     *
     * @throws InferException if it fails, or has not ended in time (DEADLINE_EXCEEDED)
     */
    public void run(Exchange exchange, Model model, InferRequest request, Consumer<InferResponse> answer) {
        run(exchange, model, request, answer, (error, _) -> {
            throw error;
        });
    }

    /** As the other method does, for errors that are answered in more than one way. */
    void run(Exchange exchange, Model model, InferRequest request, Consumer<InferResponse> answer, Failure failure) {
        FrontTrace trace = Traces.begin(tracer, request, exchange);
        try (trace;
                request) {
            await(exchange, model, request, trace, answer, failure);
        }
    }

    /** Runs a request that is traced already; the caller closes both. */
    void await(
            Exchange exchange,
            Model model,
            InferRequest request,
            FrontTrace trace,
            Consumer<InferResponse> answer,
            Failure failure) {
        SingleResponse awaited = new SingleResponse(request);
        model.infer(request, trace.watch(awaited));
        boolean refused = awaited.isRefused();
        boolean late = false;
        if (!awaited.endsWithin(UNWATCHED.compareTo(mostTime) < 0 ? UNWATCHED : mostTime)) {
            if (GuardedConnection.CURRENT.isBound()) {
                GuardedConnection.CURRENT.get().onHangUp(request::cancel);
            }
            late = !endsInTime(request, awaited);
        }
        try (InferResponse response = awaited.await()) {
            if (late) {
                throw deadlineExceeded();
            }
            trace.sendStart();
            answer.accept(response);
            trace.sendEnd();
        } catch (InferException e) {
            trace.sendStart();
            failure.answer(late ? deadlineExceeded() : e, refused);
            trace.sendEnd();
        }
    }

    /** Waits for the end of a request; cancels one that takes too long, which ends soon then. */
    private boolean endsInTime(InferRequest request, SingleResponse awaited) {
        Duration left = mostTime.minusNanos(System.nanoTime() - request.receivedNanos());
        if (awaited.endsWithin(left.isNegative() ? Duration.ZERO : left)) {
            return true;
        }
        request.cancel();
        return false;
    }

    private InferException deadlineExceeded() {
        return new InferException(
                InferException.Code.DEADLINE_EXCEEDED,
                "the request has not ended within " + mostTime.toMillis() + " ms and was cancelled");
    }
}
