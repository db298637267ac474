package dev.nereid.server.observe;

import dev.nereid.server.protocol.InferRequest;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * The counters of one model version, with Triton's meanings: per request what a client waited for, per executed batch
 * what the backend did. Lock-free on the request's path; a snapshot is not one instant, its counters are.
 */
public final class ModelStatistics {
    /** Why a request failed, as the metric's label names it. */
    public enum FailureReason {
        /** Refused or expired in the queue. */
        REJECTED,
        CANCELED,
        BACKEND,
        OTHER
    }

    /**
     * How long the parts of an execution took.
     *
     * @param computeInputNanos from the start until the inputs were in place
     * @param computeInferNanos the model's own time
     * @param computeOutputNanos from the model's end until the responses were made
     */
    public record ComputeTimes(long computeInputNanos, long computeInferNanos, long computeOutputNanos) {
        long totalNanos() {
            return computeInputNanos + computeInferNanos + computeOutputNanos;
        }

        /** The same as a request is told of it. */
        public InferRequest.Execution execution(long batchSize, long queueNanos) {
            return new InferRequest.Execution(
                    batchSize, queueNanos, computeInputNanos, computeInferNanos, computeOutputNanos);
        }
    }

    private static final class Compute {
        private final Timed input = new Timed();
        private final Timed infer = new Timed();
        private final Timed output = new Timed();

        void add(ComputeTimes times) {
            input.add(times.computeInputNanos());
            infer.add(times.computeInferNanos());
            output.add(times.computeOutputNanos());
        }

        StatisticsSnapshot.Compute snapshot() {
            return new StatisticsSnapshot.Compute(input.snapshot(), infer.snapshot(), output.snapshot());
        }
    }

    private final Timed success = new Timed();
    private final Timed fail = new Timed();
    private final Timed queue = new Timed();
    private final Timed cacheHit = new Timed();
    private final Timed cacheMiss = new Timed();
    private final Compute compute = new Compute();
    private final ConcurrentMap<Long, Compute> batches = new ConcurrentHashMap<>();
    private final LongAdder inferences = new LongAdder();
    private final LongAdder executions = new LongAdder();
    private final Map<FailureReason, LongAdder> failures = new EnumMap<>(FailureReason.class);
    private final LongAdder pending = new LongAdder();
    private final AtomicLong lastInferenceMillis = new AtomicLong();
    private final Optional<ResponseStatistics> responses;
    private final LatencyStatistics latencies;
    private final SchedulingStatistics scheduling = new SchedulingStatistics();
    private final boolean cached;
    private final boolean decoupled;

    /** The counters of a model that answers every request once, with Triton's default metrics. */
    public ModelStatistics() {
        this(StatisticsOptions.of(false));
    }

    public ModelStatistics(StatisticsOptions options) {
        this(options, System::nanoTime);
    }

    /** @param clock nanoseconds since an arbitrary moment; says how old a latency is */
    public ModelStatistics(StatisticsOptions options, LongSupplier clock) {
        responses = options.responses() ? Optional.of(new ResponseStatistics()) : Optional.empty();
        latencies = new LatencyStatistics(options, clock);
        cached = options.cached();
        decoupled = options.decoupled();
        for (FailureReason reason : FailureReason.values()) {
            failures.put(reason, new LongAdder());
        }
    }

    /**
     * Counts a request that was computed and answered.
     *
     * @param batchSize of the request itself; 0 counts as 1
     * @param times those of the batch it was in: each of its requests counts all of them
     */
    public void recordSuccess(long batchSize, long totalNanos, long queueNanos, ComputeTimes times) {
        success.add(totalNanos);
        queue.add(queueNanos);
        compute.add(times);
        inferences.add(Math.max(batchSize, 1));
        latencies.recordRun(totalNanos, queueNanos, times);
    }

    /** Notes how many instances take requests. */
    public void instances(int count) {
        scheduling.instances(count);
    }

    /** Counts one execution of a backend; {@code batchSize} is that of all its requests together. */
    public void recordExecution(long batchSize, ComputeTimes times, long epochMillis) {
        executions.increment();
        batches.computeIfAbsent(Math.max(batchSize, 1), size -> new Compute()).add(times);
        lastInferenceMillis.accumulateAndGet(epochMillis, Math::max);
    }

    /** Counts a request that failed, was refused, expired or was cancelled. */
    public void recordFailure(FailureReason reason, long totalNanos) {
        fail.add(totalNanos);
        Objects.requireNonNull(failures.get(reason), "reason").increment();
    }

    /** Notes why a request was answered with an error before it ran; it counts as a failure too. */
    public void recordDrop(DropReason reason) {
        scheduling.recordDrop(reason);
    }

    /** Notes why a batch that was executed was closed. */
    public void recordBatchClosed(BatchClose reason) {
        scheduling.recordClose(reason);
    }

    /** Counts a request that the response cache answered: no inference, no execution. */
    public void recordCacheHit(long totalNanos, long queueNanos, long lookupNanos) {
        success.add(totalNanos);
        queue.add(queueNanos);
        cacheHit.add(lookupNanos);
        latencies.recordCacheHit(totalNanos, queueNanos, lookupNanos);
    }

    /**
     * Counts the look-up and insertion that a computed request paid for. The request was counted when it was computed:
     * with its look-up, but before the insertion.
     *
     * @param nanos of both
     * @param insertionNanos of the insertion
     */
    public void recordCacheMiss(long nanos, long insertionNanos) {
        cacheMiss.add(nanos);
        success.lengthen(insertionNanos);
        latencies.recordCacheMiss(nanos);
    }

    /** Whether a request of the model may have any number of responses. */
    public boolean decoupled() {
        return decoupled;
    }

    /** The counters of single responses; only of models whose backends tell them apart. */
    public Optional<ResponseStatistics> responses() {
        return responses;
    }

    /** Whether somebody wants to know of {@link #recordFirstResponse}. */
    public boolean timesFirstResponses() {
        return latencies.timesFirstResponses();
    }

    /** Notes how long the first response of a decoupled model's request has taken. */
    public void recordFirstResponse(long totalNanos) {
        latencies.recordFirstResponse(totalNanos);
    }

    /** Counts a request into the queue. */
    public void enterQueue() {
        pending.increment();
    }

    /** Counts a request out of the queue, whatever became of it. */
    public void leaveQueue() {
        pending.decrement();
    }

    /** The counters as they stand. */
    public StatisticsSnapshot snapshot() {
        SortedMap<Long, StatisticsSnapshot.Compute> batchStatistics = new TreeMap<>();
        batches.forEach((size, times) -> batchStatistics.put(size, times.snapshot()));
        Map<FailureReason, Long> reasons = new EnumMap<>(FailureReason.class);
        failures.forEach((reason, count) -> reasons.put(reason, count.sum()));
        return new StatisticsSnapshot(
                lastInferenceMillis.get(),
                inferences.sum(),
                executions.sum(),
                success.snapshot(),
                fail.snapshot(),
                queue.snapshot(),
                compute.snapshot(),
                cacheHit.snapshot(),
                cacheMiss.snapshot(),
                batchStatistics,
                responses.map(ResponseStatistics::snapshot).orElseGet(TreeMap::new),
                reasons,
                pending.sum(),
                cached,
                scheduling.snapshot(),
                latencies.snapshot());
    }
}
