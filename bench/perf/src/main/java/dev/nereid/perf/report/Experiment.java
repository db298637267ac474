package dev.nereid.perf.report;

import dev.nereid.perf.measure.LevelResult;
import dev.nereid.perf.model.ModelContract;
import java.util.List;
import java.util.Optional;

/**
 * A sweep over load levels of one kind, as reports show it.
 *
 * @param results of the levels that were measured, in order
 */
public record Experiment(Setup setup, List<LevelResult> results) {
    /** What decides when requests are sent. */
    public enum Mode {
        /** Users of a closed loop. */
        CONCURRENCY("Concurrency", "concurrency"),
        /** The clock. */
        RATE("Request Rate", "request_rate"),
        /** Times in the input data. */
        SCHEDULE("Request Rate", "request_rate"),
        /** Long requests that grow in number. */
        PERIODIC("Concurrency", "concurrency"),
        /** Turns of sessions. */
        SESSIONS("Concurrency", "concurrency");

        private final String levelName;
        private final String exportName;

        Mode(String levelName, String exportName) {
            this.levelName = levelName;
            this.exportName = exportName;
        }

        /** What files that scripts read call it. */
        public String exportName() {
            return exportName;
        }

        /** Whether the server does not set the pace. */
        public boolean byRate() {
            return this == RATE || this == SCHEDULE;
        }
    }

    /**
     * A limit for latencies.
     *
     * @param millis from the time when a request was to be sent to its last response
     * @param percent of the requests that have to keep it
     */
    public record Goal(double millis, double percent) {}

    /**
     * What was measured and how.
     *
     * @param server its address and protocol
     * @param kind of server, by the names of {@code --service-kind}
     * @param endpoint path that a server of kind openai is asked at
     * @param percentile that is judged; not above 0 for the mean
     * @param hasServer whether the server counts
     * @param collectsMetrics whether its metrics were polled
     * @param goal what an answer has to keep to be a good one; empty where nobody asked
     */
    public record Setup(
            ModelContract model,
            String server,
            String kind,
            String endpoint,
            Mode mode,
            boolean grpc,
            double percentile,
            boolean hasServer,
            boolean collectsMetrics,
            Optional<Goal> goal) {
        /** Whether levels are requests a second. */
        public boolean byRate() {
            return mode.byRate();
        }

        /** What a level is called. */
        public String levelName() {
            return mode.levelName;
        }

        /** A level as a number without needless digits. */
        public String levelText(double level) {
            return byRate() ? TextReport.rate(level) : String.valueOf((long) level);
        }
    }

    public Experiment {
        results = List.copyOf(results);
    }

    /** Those that tables list. */
    public List<LevelResult> counting() {
        return results.stream().filter(LevelResult::counts).toList();
    }
}
