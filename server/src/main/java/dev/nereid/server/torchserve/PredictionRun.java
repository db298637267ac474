package dev.nereid.server.torchserve.grpc;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.torchserve.Prediction;
import dev.nereid.server.torchserve.TorchServeException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs one prediction and hands its answers on, on the thread that asks. */
final class PredictionCall implements ResponseSink {
    /** Answers that wait to be sent; the model waits while there are more. */
    private static final int ROOM = 64;

    private final Prediction prediction;
    private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();

    /**
     * What a model did.
     *
     * @param last nothing follows
     */
    private record Event(Optional<InferResponse> response, Optional<InferException> error, boolean last) {}

    PredictionCall(Prediction prediction) {
        this.prediction = prediction;
    }

    @Override
    public void respond(InferResponse response, boolean last) {
        events.add(new Event(Optional.of(response), Optional.empty(), last));
    }

    @Override
    public void failOne(InferException error) {
        events.add(new Event(Optional.empty(), Optional.of(error), false));
    }

    @Override
    public void fail(InferException error) {
        events.add(new Event(Optional.empty(), Optional.of(error), true));
    }

    @Override
    public void end() {
        events.add(new Event(Optional.empty(), Optional.empty(), true));
    }

    /** Has the model dropped the request. Any thread. */
    void cancel() {
        prediction.request().cancel();
    }

    /**
     * Runs the request and returns when it has ended.
     *
     * @param mostTime between two answers
     * @param requestId for answers that tell it
     * @param answers gets the body of each
     * @throws TorchServeException with the first error
     */
    void run(Duration mostTime, String requestId, Consumer<byte[]> answers) {
        prediction.request().answerWhile(() -> events.size() < ROOM);
        prediction.model().infer(prediction.request(), this);
        Optional<TorchServeException> failure = Optional.empty();
        boolean last = false;
        while (!last) {
            Optional<Event> next = next(failure.isPresent() ? Duration.ofNanos(Long.MAX_VALUE) : mostTime);
            if (next.isEmpty()) {
                cancel();
                failure = Optional.of(prediction.failure(
                        new InferException(InferException.Code.DEADLINE_EXCEEDED, "no answer within " + mostTime)));
                continue;
            }
            last = next.get().last();
            Optional<TorchServeException> error = next.get().error().map(prediction::failure);
            failure = failure.isPresent() ? failure : error;
            if (next.get().response().isPresent()) {
                try (InferResponse response = next.get().response().get()) {
                    if (failure.isEmpty()) {
                        answers.accept(prediction.answer(response, requestId));
                    }
                } catch (TorchServeException e) {
                    cancel();
                    failure = Optional.of(e);
                }
            }
        }
        if (failure.isPresent()) {
            throw failure.get();
        }
    }

    /** The next event; empty if there is none in time. The request's memory is in use until the last one. */
    private Optional<Event> next(Duration patience) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return Optional.ofNullable(events.poll(patience.toNanos(), TimeUnit.NANOSECONDS));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
