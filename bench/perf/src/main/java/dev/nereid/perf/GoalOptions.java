package dev.nereid.perf;

import dev.nereid.perf.report.Experiment.Goal;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The flags for how fast an answer has to be, and for the search of the rate at which they still are. */
@SuppressWarnings({"FieldMayBeFinal", "CanBeFinal"})
final class GoalOptions {
    @Option(
            names = "--slo-ms",
            paramLabel = "MS",
            defaultValue = "0",
            description = "Report goodput: what is answered within this time; the limit for --find-max-rate.")
    double millis;

    @Option(
            names = "--slo-percentile",
            paramLabel = "P",
            defaultValue = "99",
            description = "Share of requests that has to meet it (default 99).")
    double percentile = 99;

    @Option(
            names = "--find-max-rate",
            description = "Search the highest Poisson rate that meets the limit, as MLPerf's server scenario does.")
    boolean findMaxRate;

    /** Empty where no limit is given. */
    Optional<Goal> goal() {
        return millis > 0 ? Optional.of(new Goal(millis, percentile)) : Optional.empty();
    }

    void check(PerfOptions options) {
        Checks.refuseIf(millis < 0, "--slo-ms: expected more than 0, got " + millis);
        Checks.refuseIf(
                percentile <= 0 || percentile >= 100,
                "--slo-percentile: expected a number between 0 and 100, got " + percentile);
        if (findMaxRate) {
            Checks.refuseIf(millis == 0, "--find-max-rate needs a limit: --slo-ms");
            Checks.refuseIf(options.rate.isEmpty(), "--find-max-rate needs a rate to start from: --request-rate-range");
            Checks.refuseIf(
                    options.distribution.equals("constant"), "--find-max-rate needs --request-distribution=poisson");
            Checks.refuseIf(
                    options.requestCount > 0,
                    "--find-max-rate makes each run as long as its rule wants: it does not go with --request-count");
            Checks.refuseIf(
                    options.mode.equals("count_windows"),
                    "--find-max-rate measures runs, not windows: it does not go with --measurement-mode=count_windows");
            Checks.refuseIf(
                    options.latencyLimit > 0,
                    "--find-max-rate has its limit from --slo-ms: it does not go with --latency-threshold");
        }
    }
}
