package dev.nereid.perf.metrics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Polls a server's metrics in a thread of its own. {@link #begin} and {@link #end} enclose a level; both, and {@link
 * #close}, are for one thread.
 */
public final class MetricsCollector implements AutoCloseable {
    /** One poll, and when it was. */
    private record Timed(long nanos, PrometheusText.Poll poll) {}

    private final Supplier<String> source;
    private final long intervalMillis;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("perf-metrics").factory());
    private final Object polling = new Object();
    private List<Timed> polls = new ArrayList<>();
    private String problem = "";

    /**
     * Begins to poll.
     *
     * @param source the text of one poll
     * @throws RuntimeException that of {@code source}, if the first poll fails
     */
    public MetricsCollector(Supplier<String> source, long intervalMillis) {
        this.source = source;
        this.intervalMillis = intervalMillis;
        poll();
        // After a pause of this process, polls that were missed would follow one another and tell nothing.
        var _ = timer.scheduleWithFixedDelay(this::tryPoll, intervalMillis, intervalMillis, TimeUnit.MILLISECONDS);
    }

    /** One after the other, in the order of their times. A poll that began before {@link #begin} is forgotten with the others. */
    private void poll() {
        synchronized (polling) {
            List<Timed> level = level();
            PrometheusText.Poll poll = PrometheusText.read(source.get());
            synchronized (this) {
                level.add(new Timed(System.nanoTime(), poll));
            }
        }
    }

    private synchronized List<Timed> level() {
        return polls;
    }

    private void tryPoll() {
        try {
            poll();
        } catch (RuntimeException e) {
            synchronized (this) {
                problem = String.valueOf(e.getMessage());
            }
        }
    }

    /** Why the last poll that failed did; empty where none has. */
    public synchronized String problem() {
        return problem;
    }

    /** Forgets what was polled so far. */
    public synchronized void begin() {
        polls = new ArrayList<>();
    }

    /** Every series that was seen since {@link #begin}, after one more poll. */
    public List<MetricRange> end() {
        tryPoll();
        List<Timed> seen;
        synchronized (this) {
            seen = List.copyOf(polls);
        }
        Map<Series, List<double[]>> values = new LinkedHashMap<>();
        Set<String> counters = seen.isEmpty() ? Set.of() : seen.getLast().poll().counters();
        for (Timed timed : seen) {
            timed.poll()
                    .values()
                    .forEach((series, value) -> values.computeIfAbsent(series, _ -> new ArrayList<>())
                            .add(new double[] {timed.nanos(), value}));
        }
        List<MetricRange> ranges = new ArrayList<>();
        values.forEach((series, points) -> {
            boolean counter = counters.contains(series.name());
            List<Double> figures = counter
                    ? growth(points)
                    : points.stream().map(point -> point[1]).toList();
            if (!figures.isEmpty()) {
                ranges.add(range(series, counter, figures));
            }
        });
        return ranges;
    }

    /** How much a counter grew a second, between each two polls that lie so far apart that the quotient means something. */
    private List<Double> growth(List<double[]> points) {
        List<Double> growth = new ArrayList<>();
        double least = intervalMillis * 1e6 / 2;
        int from = 0;
        for (int i = 1; i < points.size(); i++) {
            double nanos = points.get(i)[0] - points.get(from)[0];
            if (nanos >= least) {
                growth.add((points.get(i)[1] - points.get(from)[1]) / nanos * 1e9);
                from = i;
            }
        }
        return growth;
    }

    private static MetricRange range(Series series, boolean counter, List<Double> figures) {
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        double sum = 0;
        for (double figure : figures) {
            least = Math.min(least, figure);
            most = Math.max(most, figure);
            sum += figure;
        }
        return new MetricRange(
                series.name(), series.labels(), counter, least, sum / figures.size(), most, figures.size());
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
