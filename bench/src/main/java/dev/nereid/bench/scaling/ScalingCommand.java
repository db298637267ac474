package dev.nereid.bench.scaling;

import dev.nereid.bench.scaling.HorizontalPodAutoscaler.Metric;
import dev.nereid.bench.scaling.HorizontalPodAutoscaler.Settings;
import dev.nereid.bench.scaling.ScalingSimulation.Moment;
import dev.nereid.bench.scaling.ScalingSimulation.Outcome;
import dev.nereid.bench.scaling.ScalingSimulation.Setup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code nereid bench scaling}: how Kubernetes' autoscaler follows the load by the utilization that servers report. */
@Command(
        name = "scaling",
        mixinStandardHelpOptions = true,
        description =
                "Simulates Kubernetes' HorizontalPodAutoscaler and KEDA with nereid_server_utilization as their metric.")
public final class ScalingCommand implements Callable<Integer> {
    /** Requests a second that one replica answers at the most: 2 instances, 20 ms each. */
    private static final double SERVICE_SECONDS = 0.02;

    private static final int INSTANCES = 2;
    private static final int STEP_AT = 300;
    private static final int STEP_UNTIL = 1200;

    @Option(names = "--target", defaultValue = "0.7", description = "Utilization to aim at (default 0.7).")
    private double target;

    @Option(names = "--start-seconds", defaultValue = "10", description = "Until a new replica is ready (default 10).")
    private int startSeconds;

    @Option(
            names = "--scrape-seconds",
            defaultValue = "15",
            description = "Between two readings of the metric (default 15, Prometheus' usual one).")
    private int scrapeSeconds;

    @Option(names = "--recorded", description = "A load of your own: requests a second, one number a line.")
    private Optional<Path> recorded = Optional.empty();

    @Option(names = "--timeline", description = "Print each sync period too.")
    private boolean timeline;

    @Option(names = "--seed", defaultValue = "1", description = "Of the requests' times (default 1).")
    private long seed;

    /** A replica takes this many at a time, and so many wait. */
    static Setup setup(Metric metric, double target, int startSeconds, int scrapeSeconds, int seconds, long seed) {
        return new Setup(
                new Settings(metric, target, 1, 100, 900, 0, 300),
                SERVICE_SECONDS,
                INSTANCES,
                32,
                startSeconds,
                scrapeSeconds,
                2,
                seconds,
                seed);
    }

    @Override
    public Integer call() throws IOException {
        if (!(target > 0 && target <= 1) || startSeconds < 0 || scrapeSeconds < 1) {
            throw new IllegalArgumentException(
                    "expected a target above 0 and up to 1, and times that are not negative");
        }
        Map<String, LoadCurve> curves = new LinkedHashMap<>();
        double capacity = INSTANCES / SERVICE_SECONDS;
        curves.put("steady", LoadCurve.steady(capacity * 5));
        curves.put("10x step at 300 s, back at 1200 s", LoadCurve.step(capacity * 1.3, STEP_AT, STEP_UNTIL));
        curves.put("a day in an hour", LoadCurve.day(capacity * 12));
        curves.put("waves of 120 s, a quarter up and down", LoadCurve.waves(capacity * 6, 120));
        if (recorded.isPresent()) {
            curves.put(recorded.get().toString(), LoadCurve.recorded(recorded.get()));
        }
        System.out.printf(
                Locale.ROOT,
                "A replica answers up to %.0f requests a second, each in %.0f ms; target %.2f, %d s to start, a reading every %d s.%n%n",
                capacity,
                SERVICE_SECONDS * 1000,
                target,
                startSeconds,
                scrapeSeconds);
        System.out.println("| load | rules | replicas, mean | turns | p99 | refused |");
        System.out.println("|---|---|---|---|---|---|");
        for (Map.Entry<String, LoadCurve> curve : curves.entrySet()) {
            for (Metric metric : Metric.values()) {
                print(curve.getKey(), curve.getValue(), metric);
            }
        }
        return 0;
    }

    private void print(String name, LoadCurve curve, Metric metric) {
        int seconds = name.startsWith("a day") ? 3600 : 2400;
        Setup setup = setup(metric, target, startSeconds, scrapeSeconds, seconds, seed);
        Outcome outcome = new ScalingSimulation(setup, curve).run();
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %.1f | %d | %.0f ms | %d |%n",
                name,
                metric == Metric.PODS ? "HPA, Pods" : "KEDA, sum",
                outcome.meanReplicas(),
                outcome.turns(60, seconds),
                outcome.p99(60, seconds),
                outcome.refused(60, seconds));
        if (timeline) {
            for (Moment moment : outcome.moments()) {
                System.out.printf(
                        Locale.ROOT,
                        "  %5d s  %7.0f requests/s  %3d replicas, %3d ready  utilization %.2f%n",
                        moment.second(),
                        moment.rate(),
                        moment.replicas(),
                        moment.ready(),
                        moment.utilization());
            }
        }
    }
}
