package dev.nereid.server.schedule;

import dev.nereid.server.observe.DropReason;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.ModelStatistics.ComputeTimes;
import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.observe.ResponseStatistics;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.RequestTrace;
import dev.nereid.server.protocol.RequestTrace.Activity;
import dev.nereid.server.protocol.RequestTrace.Moment;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.protocol.SharedTensors;
import dev.nereid.server.protocol.Timing;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through a scheduler: waits in a queue, runs in a batch, is answered exactly once, and counts
 * itself in the statistics.
 */
public final class ScheduledRequest implements BatchMember {
    /** Where a request is as seen by its queue; changed under the scheduler's lock. */
    enum Place {
        WAITING,
        /** Behind its level's other requests, because its time is up. */
        DELAYED,
        /** Handed to an instance or dropped. */
        GONE
    }

    private final InferRequest request;
    private ResponseSink sink;
    private final ModelStatistics statistics;
    private final Clock clock;
    private final long batchSize;
    private final long inputBytes;
    private final long enqueuedNanos;
    private final AtomicBoolean answered = new AtomicBoolean();
    private long expiresNanos = Long.MAX_VALUE;
    private Place place = Place.WAITING;
    private @Nullable ScheduledRequest previous;
    private @Nullable ScheduledRequest next;
    private boolean waiting;
    private @Nullable BatchRun run;
    private @Nullable ResponseTimes responses;
    /** Whether it has had a response. Of whoever makes them. */
    private boolean responded;

    /**
     * Creates a request that enters its queue now.
     *
     * @param batchSize how many of the model's batch it takes, at least 1
     */
    public ScheduledRequest(
            InferRequest request, ResponseSink sink, ModelStatistics statistics, Clock clock, long batchSize) {
        this.request = Objects.requireNonNull(request, "request");
        this.sink = new SafeResponseSink(Objects.requireNonNull(sink, "sink"));
        this.statistics = statistics;
        this.clock = clock;
        this.batchSize = batchSize;
        long bytes = 0;
        for (InputTensor input : request.inputs()) {
            bytes += input.tensor().byteSize();
        }
        this.inputBytes = bytes;
        this.enqueuedNanos = clock.nanos();
        if (request.trace().isPresent()) {
            RequestTrace trace = request.trace().get();
            trace.at(Moment.QUEUE_START, enqueuedNanos);
            trace.inputs(Activity.TENSOR_QUEUE_INPUT, request.inputs());
        }
    }

    @Override
    public InferRequest request() {
        return request;
    }

    @Override
    public long batchSize() {
        return batchSize;
    }

    @Override
    public long inputBytes() {
        return inputBytes;
    }

    /** When it arrived at its scheduler. */
    public long enqueuedNanos() {
        return enqueuedNanos;
    }

    /** When the request's time in the queue is up; {@link Long#MAX_VALUE} for never. */
    long expiresNanos() {
        return expiresNanos;
    }

    void expireAt(long nanos) {
        expiresNanos = nanos;
    }

    Place place() {
        return place;
    }

    void moveTo(Place next) {
        place = next;
    }

    /** Puts itself behind the last of {@link WaitingRequests}; null where it is the only one. */
    void linkTo(@Nullable ScheduledRequest last) {
        waiting = true;
        previous = last;
        if (last != null) {
            last.next = this;
        }
    }

    /** Leaves the list; without effect where it is in none. */
    void unlink() {
        if (previous != null) {
            previous.next = next;
        }
        if (next != null) {
            next.previous = previous;
        }
        previous = null;
        next = null;
        waiting = false;
    }

    /** Whether it is in a list of {@link WaitingRequests}. */
    boolean isWaiting() {
        return waiting;
    }

    @Nullable
    ScheduledRequest previous() {
        return previous;
    }

    @Nullable
    ScheduledRequest next() {
        return next;
    }

    @Override
    public void start(BatchRun newRun) {
        run = newRun;
        request.begin();
        if (request.trace().isPresent()) {
            request.trace().get().inputs(Activity.TENSOR_BACKEND_INPUT, request.inputs());
        }
        responses = statistics
                .responses()
                .map(counters -> new ResponseTimes(counters, newRun.startNanos()))
                .orElse(null);
    }

    /** Gives the request its place among the answers of the model. Called when it is taken from the queue. */
    public void answerInOrder(ResponseOrder order) {
        sink = order.enter(sink);
    }

    @Override
    public void stage(Stage stage) {
        BatchRun current = running();
        switch (stage) {
            case INPUT_DONE -> current.inputDone();
            case INFER_DONE -> {
                current.inferDone();
                if (responses != null) {
                    responses.inferDone(clock.nanos());
                }
            }
        }
    }

    @Override
    public void respond(InferResponse response, boolean last) {
        Optional<InferException> misfit =
                last ? SharedTensors.misfit(request.outputs(), response.outputs()) : Optional.empty();
        if (misfit.isPresent()) {
            response.close();
            fail(misfit.get());
            return;
        }
        if (last) {
            finish();
            succeed();
        } else if (answered.get()) {
            throw answeredTwice();
        }
        if (request.trace().isPresent()) {
            request.trace().get().outputs(response);
        }
        if (!responded && statistics.timesFirstResponses()) {
            responded = true;
            statistics.recordFirstResponse(clock.nanos() - request.receivedNanos());
        }
        if (responses != null) {
            responses.record(ResponseStatistics.Outcome.SUCCESS, clock.nanos());
        }
        sink.respond(
                Timing.wanted(request) ? response.with(running().told(enqueuedNanos, clock.nanos())) : response, last);
    }

    @Override
    public void end() {
        finish();
        succeed();
        sink.end();
    }

    @Override
    public void leaveOut() {
        if (answered.get()) {
            throw answeredTwice();
        }
        if (responses != null) {
            responses.record(ResponseStatistics.Outcome.EMPTY, clock.nanos());
        }
    }

    @Override
    public void failOne(InferException error) {
        if (answered.get()) {
            throw answeredTwice();
        }
        if (responses != null) {
            responses.record(ResponseStatistics.Outcome.FAIL, clock.nanos());
        }
        sink.failOne(error);
    }

    @Override
    public void fail(InferException error) {
        fail(error, error.code() == InferException.Code.CANCELLED ? FailureReason.CANCELED : FailureReason.BACKEND);
    }

    @Override
    public void succeedWith(InferException error) {
        finish();
        succeed();
        sink.fail(error);
    }

    /** Answers with an error before it has run. */
    public void drop(InferException error, DropReason reason) {
        statistics.recordDrop(reason);
        fail(error, reason.failure());
    }

    /** Answers with an error. */
    public void fail(InferException error, FailureReason reason) {
        finish();
        try {
            count(reason);
        } finally {
            sink.fail(error);
        }
    }

    private void count(FailureReason reason) {
        long now = clock.nanos();
        statistics.recordFailure(reason, now - request.receivedNanos());
        if (request.trace().isPresent() && run != null) {
            run.trace(request.trace().get(), now);
        }
        if (responses != null) {
            responses.record(
                    reason == FailureReason.CANCELED
                            ? ResponseStatistics.Outcome.CANCEL
                            : ResponseStatistics.Outcome.FAIL,
                    now);
        }
    }

    private void succeed() {
        BatchRun current = running();
        long now = clock.nanos();
        current.record(now);
        ComputeTimes times = current.times(now);
        if (request.trace().isPresent()) {
            current.trace(request.trace().get(), now);
        }
        long queueNanos = current.queueNanos(enqueuedNanos);
        statistics.recordSuccess(batchSize, now - request.receivedNanos(), queueNanos, times);
        request.executed(times.execution(current.batchSize(), queueNanos));
    }

    private BatchRun running() {
        return Objects.requireNonNull(run, "a request that does not run has neither stages nor responses");
    }

    @Override
    public boolean isReleased() {
        return answered.get();
    }

    private void finish() {
        if (!answered.compareAndSet(false, true)) {
            throw answeredTwice();
        }
    }

    private IllegalStateException answeredTwice() {
        return new IllegalStateException("request '" + request.header().id() + "' of model '"
                + request.header().modelName() + "' was answered twice");
    }
}
