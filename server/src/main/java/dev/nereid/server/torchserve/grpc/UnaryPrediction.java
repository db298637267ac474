package dev.nereid.server.torchserve.grpc;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.torchserve.PredictionResponse;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.torchserve.Prediction;
import dev.nereid.server.torchserve.RequestIds;
import dev.nereid.server.torchserve.TorchServeException;
import dev.nereid.server.torchserve.TorchServeMetrics;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A call that is answered once and is little work beside its model: decoded on the event loop, and answered by whichever
 * thread completes it, so that no thread is woken for it.
 */
final class UnaryPrediction implements ResponseSink {
    /** Larger messages and answers are left to a thread of their own: the event loop and instances have others to serve. */
    static final int MOST_BYTES = 16 << 10;

    private final ServerCallStreamObserver<PredictionResponse> observer;
    private final TorchServeMetrics metrics;
    private final RequestBudget.Share share;
    private final Prediction prediction;
    private final long timeoutSeconds;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private volatile boolean late;

    private UnaryPrediction(
            ServerCallStreamObserver<PredictionResponse> observer,
            TorchServeMetrics metrics,
            RequestBudget.Share share,
            Prediction prediction,
            long timeoutSeconds) {
        this.observer = observer;
        this.metrics = metrics;
        this.share = share;
        this.prediction = prediction;
        this.timeoutSeconds = timeoutSeconds;
    }

    /**
     * Asks the model; the answer or the error goes to the observer. Does not block.
     *
     * @param share what the request holds of the heap; closed with the call
     */
    static void start(
            Prediction.Asked asked,
            SlabPool memory,
            RequestBudget.Share share,
            TorchServeMetrics metrics,
            ServerCallStreamObserver<PredictionResponse> observer) {
        Prediction prediction;
        try {
            prediction = Prediction.of(asked, memory, share);
        } catch (RuntimeException | Error e) {
            share.close();
            fail(observer, metrics, e);
            return;
        }
        UnaryPrediction call = new UnaryPrediction(
                observer, metrics, share, prediction, asked.version().settings().responseTimeoutSeconds());
        observer.setOnCancelHandler(prediction.request()::cancel);
        prediction.submit(call);
        call.limitTime();
    }

    /** Has the model drop the request when its time is over; most are answered before anybody asks for the time. */
    private void limitTime() {
        if (!ended.isDone()) {
            ended.orTimeout(timeoutSeconds, TimeUnit.SECONDS).exceptionally(_ -> {
                late = true;
                prediction.request().cancel();
                return null;
            });
        }
    }

    @Override
    public void respond(InferResponse response, boolean last) {
        if (response.byteSize() > MOST_BYTES) {
            Thread.ofVirtual().name("grpc-prediction").start(() -> answer(response));
        } else {
            answer(response);
        }
    }

    private void answer(InferResponse response) {
        PredictionResponse message;
        try (response) {
            if (late) {
                throw timeout();
            }
            message = InferenceApis.response(prediction.answer(response, RequestIds.next()));
        } catch (InferException e) {
            fail(e);
            return;
        } catch (RuntimeException | Error e) {
            close();
            fail(observer, metrics, e);
            return;
        }
        close();
        metrics.count(InferenceApis.OK);
        observer.onNext(message);
        observer.onCompleted();
    }

    @Override
    public void fail(InferException error) {
        TorchServeException failure = prediction.failure(late ? timeout() : error);
        close();
        fail(observer, metrics, failure);
    }

    @Override
    public void end() {
        fail(InferException.internal("the model ended the request without an answer"));
    }

    private InferException timeout() {
        return new InferException(InferException.Code.DEADLINE_EXCEEDED, "no answer within " + timeoutSeconds + " s");
    }

    private void close() {
        ended.complete(null);
        prediction.close();
        share.close();
    }

    private static void fail(
            ServerCallStreamObserver<PredictionResponse> observer, TorchServeMetrics metrics, Throwable error) {
        if (error instanceof TorchServeException told) {
            metrics.count(told.kind().status());
        }
        observer.onError(Statuses.of(error));
    }
}
