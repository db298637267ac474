package dev.nereid.server.torchserve;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.ResponseSink;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/**
 * Runs one prediction, which may have any number of answers, and hands them on, on the thread that asks. A model waits while
 * more answers than a few are not sent yet.
 */
public final class PredictionRun implements ResponseSink {
    /** Answers that wait to be sent; the model waits while there are more. */
    private static final int ROOM = 64;

    private final Prediction prediction;
    private final BooleanSupplier keepsUp;
    private final LinkedBlockingQueue<Event> events = new LinkedBlockingQueue<>();

    /**
     * What a model did.
     *
     * @param last nothing follows
     */
    private record Event(Optional<InferResponse> response, Optional<InferException> error, boolean last) {}

    /** @param keepsUp whether the client has taken most of what it was sent; else the model waits. Any thread */
    public PredictionRun(Prediction prediction, BooleanSupplier keepsUp) {
        this.prediction = prediction;
        this.keepsUp = keepsUp;
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

    /** Gets the answers. */
    @FunctionalInterface
    public interface Answers {
        /**
         * An answer.
         *
         * @param last whether it is known that nothing follows
         * @return whether more are wanted; else the model is told to stop, where its request is of no sequence
         */
        boolean accept(byte[] body, boolean last);
    }

    /** Has the model dropped the request. Any thread. */
    public void cancel() {
        prediction.request().cancel();
    }

    /**
     * Runs the request and returns when it has ended.
     *
     * @param mostTime between two answers
     * @param requestId for answers that tell it
     * @param watched a sink before this one, such as a trace's
     * @throws TorchServeException with the first error
     */
    public void run(Duration mostTime, String requestId, UnaryOperator<ResponseSink> watched, Answers answers) {
        prediction.request().answerWhile(() -> events.size() < ROOM && keepsUp.getAsBoolean());
        prediction.submit(watched.apply(this));
        Optional<TorchServeException> failure = Optional.empty();
        boolean last = false;
        boolean wanted = true;
        boolean answered = false;
        while (!last) {
            Optional<Event> next = next(failure.isPresent() || !wanted ? Duration.ofNanos(Long.MAX_VALUE) : mostTime);
            if (next.isEmpty()) {
                cancel();
                failure = Optional.of(prediction.failure(
                        new InferException(InferException.Code.DEADLINE_EXCEEDED, "no answer within " + mostTime)));
                continue;
            }
            last = next.get().last();
            if (wanted && failure.isEmpty()) {
                failure = next.get().error().map(prediction::failure);
            }
            if (next.get().response().isPresent()) {
                try (InferResponse response = next.get().response().get()) {
                    if (wanted && failure.isEmpty()) {
                        answered = true;
                        wanted = answers.accept(prediction.answer(response, requestId), last);
                        if (!wanted && !prediction.isOfSequence()) { // which a cancelled request would end
                            cancel();
                        }
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
        if (!answered) {
            throw prediction.failure(InferException.internal("the model ended the request without an answer"));
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
