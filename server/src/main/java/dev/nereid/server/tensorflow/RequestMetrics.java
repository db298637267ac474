package dev.nereid.server.tensorflow;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;

/**
 * Counts requests under TensorFlow Serving's names. Sources: prometheus_exporter.cc, util.cc of servables/tensorflow. Any thread.
 */
public final class RequestMetrics {
    private static final String PREFIX = ":tensorflow:serving:";

    /** Bounds of latencies in microseconds: 10 * 1.8^k. */
    private static final double[] BOUNDS = new double[33];

    static {
        double bound = 10;
        for (int i = 0; i < BOUNDS.length; i++) {
            BOUNDS[i] = bound;
            bound *= 1.8;
        }
    }

    /** How requests came. */
    public enum Entrypoint {
        REST,
        GRPC
    }

    private record Series(String model, String api, Entrypoint entrypoint) {}

    private static final class Histogram {
        private final AtomicLongArray counts = new AtomicLongArray(BOUNDS.length + 1);
        private final LongAdder sum = new LongAdder();

        private void add(long micros) {
            int bucket = 0;
            while (bucket < BOUNDS.length && micros > BOUNDS[bucket]) {
                bucket++;
            }
            counts.incrementAndGet(bucket);
            sum.add(micros);
        }
    }

    private record Counted(String model, String status) {}

    private final ConcurrentMap<Counted, LongAdder> requests = new ConcurrentHashMap<>();

    private final ConcurrentMap<Series, Histogram> latencies = new ConcurrentHashMap<>();

    /**
     * Counts a request to a model of the server's; those to others are not counted, for their names are without number.
     *
     * @param status the name of its canonical code, as OK
     */
    public void counted(String model, String status) {
        requests.computeIfAbsent(new Counted(model, status), _ -> new LongAdder())
                .increment();
    }

    /** Notes what a request took that went well. */
    public void took(String model, String api, Entrypoint entrypoint, long nanos) {
        latencies
                .computeIfAbsent(new Series(model, api, entrypoint), _ -> new Histogram())
                .add(nanos / 1000);
    }

    /**
     * The page in Prometheus's text format.
     *
     * @param visible whether it has a model
     */
    public String text(Predicate<String> visible) {
        StringBuilder text = new StringBuilder();
        text.append("# TYPE ").append(PREFIX).append("request_count counter\n");
        Map<String, LongAdder> counts = new TreeMap<>();
        requests.forEach((counted, count) -> {
            if (visible.test(counted.model())) {
                counts.put(
                        "{model_name=\"" + escaped(counted.model()) + "\",status=\"" + counted.status() + "\"}", count);
            }
        });
        counts.forEach((labels, count) -> text.append(PREFIX)
                .append("request_count")
                .append(labels)
                .append(' ')
                .append(count.sum())
                .append('\n'));
        text.append("# TYPE ").append(PREFIX).append("request_latency histogram\n");
        Map<String, Histogram> sorted = new TreeMap<>();
        latencies.forEach((series, histogram) -> {
            if (visible.test(series.model())) {
                sorted.put(
                        "model_name=\"" + escaped(series.model()) + "\",API=\"" + series.api() + "\",entrypoint=\""
                                + series.entrypoint() + "\"",
                        histogram);
            }
        });
        sorted.forEach((labels, histogram) -> write(text, labels, histogram));
        return text.toString();
    }

    private static void write(StringBuilder text, String labels, Histogram histogram) {
        String name = PREFIX + "request_latency";
        long count = 0;
        for (int i = 0; i <= BOUNDS.length; i++) {
            count += histogram.counts.get(i);
            String bound = i == BOUNDS.length ? "+Inf" : String.format(Locale.ROOT, "%.6g", BOUNDS[i]);
            text.append(name)
                    .append("_bucket{")
                    .append(labels)
                    .append(",le=\"")
                    .append(bound)
                    .append("\"} ");
            text.append(count).append('\n');
        }
        text.append(name)
                .append("_sum{")
                .append(labels)
                .append("} ")
                .append(histogram.sum.sum())
                .append('\n');
        text.append(name)
                .append("_count{")
                .append(labels)
                .append("} ")
                .append(count)
                .append('\n');
    }

    private static String escaped(String label) {
        return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
