package dev.nereid.server.schedule;

import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.ModelStatistics.ComputeTimes;

/** The time stamps of one execution, shared by the requests of its batch. Used by the thread that executes it. */
public final class BatchRun {
    private final ModelStatistics statistics;
    private final Clock clock;
    private final long batchSize;
    private final long startNanos;
    private long inputDoneNanos;
    private boolean inputDone;
    private long inferDoneNanos;
    private boolean inferDone;
    private boolean recorded;

    BatchRun(ModelStatistics statistics, Clock clock, long batchSize) {
        this.statistics = statistics;
        this.clock = clock;
        this.batchSize = batchSize;
        this.startNanos = clock.nanos();
    }

    long startNanos() {
        return startNanos;
    }

    void inputDone() {
        inputDone = true;
        inputDoneNanos = clock.nanos();
    }

    void inferDone() {
        inferDone = true;
        inferDoneNanos = clock.nanos();
    }

    /** Counts the execution, once, before a client can read the statistics that follow from its answer. */
    synchronized void record(long endNanos) {
        if (!recorded) {
            recorded = true;
            statistics.recordExecution(batchSize, times(endNanos), clock.epochMillis());
        }
    }

    /** How long the parts took; parts that the backend did not report belong to the model's own time. */
    ComputeTimes times(long endNanos) {
        long input = inputDone ? inputDoneNanos : startNanos;
        long infer = inferDone ? inferDoneNanos : endNanos;
        return new ComputeTimes(input - startNanos, infer - input, endNanos - infer);
    }
}
