package dev.nereid.server.schedule;

import dev.nereid.server.backend.BatchOrder;
import dev.nereid.server.observe.BatchClose;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.ModelStatistics.ComputeTimes;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.RequestTrace;
import dev.nereid.server.protocol.RequestTrace.Moment;
import dev.nereid.server.protocol.Timing;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The time stamps of one execution, shared by the requests of its batch. Used by the thread that executes it. While it
 * waits, prepared, for the batch before to compute, it is in a queue: this time is none of its parts'.
 */
public final class BatchRun {
    private final ModelStatistics statistics;
    private final Clock clock;
    private final Origin origin;
    private final long batchSize;
    private final Optional<BatchOrder.Turn> turn;
    private final long startNanos;
    private long inputDoneNanos;
    private long inputWaitedNanos;
    private boolean inputDone;
    private long inferDoneNanos;
    private long inferWaitedNanos;
    private boolean inferDone;
    private boolean recorded;

    /**
     * How a batch came about.
     *
     * @param instance the name of the instance that runs it
     * @param close why it was closed
     */
    public record Origin(String instance, BatchClose close) {}

    /** @param turn what the batch waits for, where its instance has two */
    BatchRun(ModelStatistics statistics, Clock clock, Origin origin, long batchSize, Optional<BatchOrder.Turn> turn) {
        this.statistics = statistics;
        this.clock = clock;
        this.origin = origin;
        this.batchSize = batchSize;
        this.turn = turn;
        this.startNanos = clock.nanos();
    }

    /** Padding included. */
    long batchSize() {
        return batchSize;
    }

    long startNanos() {
        return startNanos;
    }

    /** How long it has waited for other batches since its start. */
    long waitedNanos() {
        return turn.isPresent() ? turn.get().waitedNanos() : 0;
    }

    /** How long a request of it was in queues. */
    long queueNanos(long enqueuedNanos) {
        return startNanos - enqueuedNanos + waitedNanos();
    }

    void inputDone() {
        inputDone = true;
        inputWaitedNanos = waitedNanos();
        inputDoneNanos = clock.nanos();
    }

    void inferDone() {
        inferDone = true;
        inferWaitedNanos = waitedNanos();
        inferDoneNanos = clock.nanos();
    }

    /** Counts the execution, once, before a client can read the statistics that follow from its answer. */
    synchronized void record(long endNanos) {
        if (!recorded) {
            recorded = true;
            statistics.recordExecution(batchSize, times(endNanos), clock.epochMillis());
            statistics.recordBatchClosed(origin.close());
        }
    }

    /** What a client is told that asked, of a request of this batch. */
    Map<String, Parameter> told(long enqueuedNanos, long endNanos) {
        ComputeTimes times = times(endNanos);
        Map<String, Parameter> told = new LinkedHashMap<>();
        told.put(Timing.QUEUE, new Parameter.Int(queueNanos(enqueuedNanos)));
        told.put(Timing.COMPUTE_INPUT, new Parameter.Int(times.computeInputNanos()));
        told.put(Timing.COMPUTE_INFER, new Parameter.Int(times.computeInferNanos()));
        told.put(Timing.COMPUTE_OUTPUT, new Parameter.Int(times.computeOutputNanos()));
        told.put(Timing.BATCH_SIZE, new Parameter.Int(batchSize));
        told.put(Timing.BATCH_CLOSED_BY, new Parameter.Text(origin.close().text()));
        told.put(Timing.INSTANCE, new Parameter.Text(origin.instance()));
        return told;
    }

    /** Notes what execution it was, and when its parts began and ended. */
    void trace(RequestTrace trace, long endNanos) {
        trace.executedIn(new RequestTrace.Execution(batchSize, origin.close().text(), origin.instance()));
        trace.at(Moment.COMPUTE_START, startNanos);
        trace.at(Moment.COMPUTE_INPUT_END, inputEndNanos());
        trace.at(Moment.COMPUTE_OUTPUT_START, inferEndNanos(endNanos));
        trace.at(Moment.COMPUTE_END, endNanos);
    }

    /** How long the parts took. */
    ComputeTimes times(long endNanos) {
        long input = inputEndNanos();
        long infer = inferEndNanos(endNanos);
        long waited = waitedNanos();
        long inferWaited = inferDone ? inferWaitedNanos : waited;
        return new ComputeTimes(
                input - startNanos - inputWaitedNanos,
                infer - input - (inferWaited - inputWaitedNanos),
                endNanos - infer - (waited - inferWaited));
    }

    /** Parts that the backend did not report belong to the model's own time. */
    private long inputEndNanos() {
        return inputDone ? inputDoneNanos : startNanos;
    }

    private long inferEndNanos(long endNanos) {
        return inferDone ? inferDoneNanos : endNanos;
    }
}
