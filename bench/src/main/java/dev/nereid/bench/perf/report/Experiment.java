package dev.nereid.bench.perf.report;

import dev.nereid.bench.perf.measure.LevelResult;
import dev.nereid.bench.perf.model.ModelContract;
import java.util.List;

/**
 * A sweep over load levels of one kind, as reports show it.
 *
 * @param results of the levels that were measured, in order
 */
public record Experiment(Setup setup, List<LevelResult> results) {
    /**
     * What was measured and how.
     *
     * @param byRate whether levels are requests a second; else users of a closed loop
     * @param percentile that is judged; not above 0 for the mean
     * @param hasServer whether the server counts
     */
    public record Setup(ModelContract model, boolean byRate, boolean grpc, double percentile, boolean hasServer) {
        /** What a level is called. */
        public String levelName() {
            return byRate ? "Request Rate" : "Concurrency";
        }

        /** A level as a number without needless digits. */
        public String levelText(double level) {
            return byRate ? Double.toString(level).replaceAll("\\.0$", "") : String.valueOf((long) level);
        }
    }

    public Experiment {
        results = List.copyOf(results);
    }

    /** Those that reports list. */
    public List<LevelResult> counting() {
        return results.stream().filter(LevelResult::counts).toList();
    }
}
