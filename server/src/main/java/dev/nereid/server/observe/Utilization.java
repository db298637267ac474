package dev.nereid.server.observe;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * How full a server is: 0 is idle, 1 is full, and above 1 requests come so many times faster than they are served. A number of
 * replicas multiplied by the ratio of this to a target is the number that reaches the target, which is how autoscalers
 * calculate. It is not the processor's load: a model whose instances are all busy is full, whatever they wait for.
 *
 * <p>It is made of the counters that are there anyway, by the difference between now and some ten seconds ago. Nothing is done
 * for it while requests run. Any thread.
 */
public final class Utilization {
    /** Over how long a value is averaged, at least; so long as there is no sample of that age, over the oldest one's. */
    static final long WINDOW_NANOS = 10_000_000_000L;

    /** Samples are kept at this distance, however often somebody asks. */
    static final long SPACING_NANOS = 1_000_000_000L;

    /** A smaller number of executions of a size says little about its cost. */
    private static final long ENOUGH_EXECUTIONS = 10;

    private final LongSupplier clock;
    private final int cores;
    private final Deque<Sample> samples = new ArrayDeque<>();

    /**
     * What one model has done since it was loaded.
     *
     * @param busyNanos time of its executions together
     * @param executions how many those were
     * @param rows batch sizes of all executions added up
     * @param served requests that were answered, with what they waited in the queue
     * @param queueNanos the time in the queue of those that were served
     * @param refused requests that the queue did not take, or not keep
     * @param pending requests that wait now
     * @param instances that execute at the same time
     * @param rowNanos what a row costs in executions of each size, where there were enough of them
     * @param delayNanos what requests wait on purpose, for a batch to become larger
     */
    public record Load(
            long busyNanos,
            long executions,
            long rows,
            long served,
            long queueNanos,
            long refused,
            long pending,
            int instances,
            SortedMap<Long, Double> rowNanos,
            long delayNanos) {
        private static final Load NONE = new Load(0, 0, 0, 0, 0, 0, 0, 0, Collections.emptySortedMap(), 0);

        /**
         * Reads the counters of a model.
         *
         * @param delayNanos the batcher's longest delay
         */
        public static Load of(StatisticsSnapshot statistics, long delayNanos) {
            long busy = 0;
            long executions = 0;
            long rows = 0;
            SortedMap<Long, Double> rowNanos = new TreeMap<>();
            for (Map.Entry<Long, StatisticsSnapshot.Compute> batch :
                    statistics.batches().entrySet()) {
                StatisticsSnapshot.Compute times = batch.getValue();
                long nanos = times.input().nanos()
                        + times.infer().nanos()
                        + times.output().nanos();
                long count = times.infer().count();
                busy += nanos;
                executions += count;
                rows += count * batch.getKey();
                if (count >= ENOUGH_EXECUTIONS) {
                    rowNanos.put(batch.getKey(), (double) nanos / (count * batch.getKey()));
                }
            }
            return new Load(
                    busy,
                    executions,
                    rows,
                    statistics.success().count(),
                    statistics.queue().nanos(),
                    Objects.requireNonNull(statistics.failures().get(ModelStatistics.FailureReason.REJECTED)),
                    statistics.pendingCount(),
                    statistics.scheduling().instances(),
                    rowNanos,
                    delayNanos);
        }
    }

    /** The counters of a moment. */
    private record Sample(long nanos, long coreNanos, Map<String, Load> models) {}

    /**
     * What was found.
     *
     * @param server the fullest of its models and of its cores
     * @param models by the keys that were given
     */
    public record Reading(double server, Map<String, Double> models) {}

    /**
     * A server that has done nothing.
     *
     * @param clock nanoseconds since an arbitrary moment
     * @param cores that compute
     */
    public Utilization(LongSupplier clock, int cores) {
        this.clock = clock;
        this.cores = cores;
    }

    /**
     * Compares the counters with former ones.
     *
     * @param models the counters of each model that is ready
     * @param coreNanos for how long cores have been held by executions, over all cores
     */
    public synchronized Reading read(Map<String, Load> models, long coreNanos) {
        Sample now = new Sample(clock.getAsLong(), coreNanos, Map.copyOf(models));
        while (samples.size() > 1 && now.nanos() - second().nanos() >= WINDOW_NANOS) {
            samples.removeFirst();
        }
        Sample before = samples.isEmpty() ? now : samples.getFirst();
        if (samples.isEmpty() || now.nanos() - samples.getLast().nanos() >= SPACING_NANOS) {
            samples.addLast(now);
        }
        long window = now.nanos() - before.nanos();
        Map<String, Double> found = new HashMap<>();
        double fullest =
                window == 0 ? 0 : Math.min((double) (now.coreNanos() - before.coreNanos()) / cores / window, 1);
        for (Map.Entry<String, Load> model : models.entrySet()) {
            Load former = before.models().getOrDefault(model.getKey(), Load.NONE);
            boolean isNew = former.busyNanos() > model.getValue().busyNanos(); // it was loaded again
            double value = window == 0 ? 0 : of(isNew ? Load.NONE : former, model.getValue(), window);
            found.put(model.getKey(), value);
            fullest = Math.max(fullest, value);
        }
        return new Reading(fullest, found);
    }

    private Sample second() {
        var all = samples.iterator();
        all.next();
        return all.next();
    }

    private static double of(Load before, Load now, long window) {
        long served = now.served() - before.served();
        long executions = now.executions() - before.executions();
        long more = now.refused() - before.refused() + Math.max(now.pending() - before.pending(), 0);
        if (served <= 0 || executions <= 0) {
            return more > 0 || now.pending() > 0 ? 1 : 0;
        }
        double busy = now.busyNanos() - before.busyNanos();
        double execution = busy / executions;
        double wait = Math.max((double) (now.queueNanos() - before.queueNanos()) / served - now.delayNanos(), 0);
        double share = Math.min(busy / Math.max(now.instances(), 1) / window, 1);
        if (wait < execution) {
            share *= fill((double) (now.rows() - before.rows()) / executions, now.rowNanos());
        }
        return Math.max(share, waitingShare(wait / execution)) * (served + more) / served;
    }

    /** How full batches are: what a row costs in the larger ones that cost least, as a share of what it costs at this size. */
    private static double fill(double size, SortedMap<Long, Double> rowNanos) {
        SortedMap<Long, Double> larger = rowNanos.tailMap((long) size + 1);
        SortedMap<Long, Double> others = rowNanos.headMap((long) size + 1);
        if (larger.isEmpty() || others.isEmpty()) {
            return 1;
        }
        return Math.min(Collections.min(larger.values()) / Objects.requireNonNull(others.get(others.lastKey())), 1);
    }

    /**
     * How full one server is at which requests that come by chance wait so many service times: the mean wait of a queue with one
     * server and equal service times is u / (2 (1 - u)). With more servers they wait less, so it is a lower bound.
     */
    private static double waitingShare(double wait) {
        return 2 * wait / (1 + 2 * wait);
    }
}
