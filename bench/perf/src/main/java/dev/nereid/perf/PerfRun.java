package dev.nereid.perf;

import dev.nereid.perf.client.Failure;
import dev.nereid.perf.compare.ServerComparison;
import dev.nereid.perf.measure.AnswerLog;
import dev.nereid.perf.measure.LevelResult;
import dev.nereid.perf.measure.LevelResult.Verdict;
import dev.nereid.perf.measure.MeasurementListener;
import dev.nereid.perf.measure.Summary;
import dev.nereid.perf.metrics.MetricsCollector;
import dev.nereid.perf.model.Endpoint;
import dev.nereid.perf.model.HttpCalls;
import dev.nereid.perf.model.ModelReference;
import dev.nereid.perf.report.ComparisonText;
import dev.nereid.perf.report.Experiment;
import dev.nereid.perf.report.TextReport;
import dev.nereid.perf.sharedmemory.SharedTensors;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** One call of {@code nereid perf}: the levels one after the other, and their report. */
final class PerfRun {
    /** The measurement of one level. */
    @FunctionalInterface
    private interface Measured {
        LevelResult measure() throws IOException;
    }

    private static final int STABILITY_ERROR = 2;

    /** No request ended within a window: perf_analyzer takes that for a flag that is wrong. */
    private static final int NO_REQUESTS = 3;

    /** After any other error, failed requests and wrong answers among them. */
    private static final int GENERIC_ERROR = 99;

    private static final int METRICS_PORT = 8002;

    private final PerfOptions options;
    private final PrintStream out;
    private final Progress progress;
    private final Interrupts interrupts;

    PerfRun(PerfOptions options, PrintStream out) {
        this(options, out, Progress.of(options.report), Interrupts.none());
    }

    PerfRun(PerfOptions options, PrintStream out, Progress progress, Interrupts interrupts) {
        OptionChecks.check(options);
        this.options = options;
        this.out = out;
        this.progress = progress;
        this.interrupts = interrupts;
    }

    /** Measures and reports; the exit code. */
    int run() throws IOException {
        if (options.versus.isAsked()) {
            out.print(Settings.text(options, false));
            ServerComparison comparison = new Versus(options, interrupts).run(new ComparisonText(out), progress);
            ReportFiles.write(options, comparison);
            return 0;
        }
        if (!ReportFiles.isGiven(options.report.export)) {
            return run(Optional.empty());
        }
        try (AnswerLog log = AnswerLog.temporary()) {
            int code = run(Optional.of(log));
            if (!log.problem().isEmpty()) {
                System.err.println("warning: --profile-export-file lacks some of the answers, for which there was no"
                        + " room in the temporary folder: " + log.problem());
            }
            return code;
        }
    }

    private int run(Optional<AnswerLog> log) throws IOException {
        try (Target target = Target.open(options, options.server(), log.isPresent())) {
            target.trace(options.observe.trace());
            if (options.sharedMemory.equals("none")) {
                return run(target, log, Optional.empty());
            }
            try (SharedTensors shared = new SharedTensors(target.api())) {
                return run(target, log, Optional.of(shared));
            }
        }
    }

    private int run(Target target, Optional<AnswerLog> log, Optional<SharedTensors> shared) throws IOException {
        Requests requests = new Requests(options, target.model(), shared);
        options.async |= target.model().sequences() && !options.sync;
        boolean hasServer = target.api().hasStatistics();
        Checks.refuseIf(
                !hasServer && !options.observe.composing.isEmpty(),
                "--bls-composing-models counts by the server's statistics, and this server keeps none");
        List<ModelReference> counted =
                hasServer ? ComposingModels.of(target.api(), target.model(), options.observe.composing) : List.of();
        LevelRunner runner = new LevelRunner(options, target, requests, counted, log);
        out.print(Settings.text(options, target.model().decoupled()));
        Experiment.Setup setup = new Experiment.Setup(
                target.model(),
                target.choice().address() + ", " + target.choice().protocol(),
                options.kind,
                options.endpoint,
                Modes.of(options),
                options.server().isGrpc(),
                options.percentile,
                hasServer,
                options.observe.collect,
                options.goal.goal());
        if (!options.observe.collect) {
            return measure(setup, runner, Optional.empty());
        }
        try (HttpCalls calls = new HttpCalls(metricsEndpoint(target));
                MetricsCollector collector = new MetricsCollector(() -> calls.text(""), options.observe.interval)) {
            return measure(setup, runner, Optional.of(collector));
        }
    }

    private int measure(Experiment.Setup setup, LevelRunner runner, Optional<MetricsCollector> metrics)
            throws IOException {
        if (options.goal.findMaxRate) {
            return search(setup, runner, metrics);
        }
        TextReport report = new TextReport(setup, out, options.isVerbose());
        MeasurementListener listener = interrupts.watching(listener(report));
        List<LevelResult> results = new ArrayList<>();
        LevelSearch search = LevelSearch.of(options);
        while (search.hasNext() && !interrupts.heard()) {
            double level = search.next();
            report.begin(level);
            progress.begin(
                    setup.levelName() + " " + setup.levelText(level), options.isFinite() ? 1 : options.maxTrials);
            LevelResult result = observed(metrics, () -> runner.run(level, listener));
            results.add(result);
            search.learned(result.counts());
            int code = show(report, result, search.isSingle());
            if (code != 0) {
                ReportFiles.writePage(options, new Experiment(setup, results));
                return code;
            }
        }
        warnOf(metrics);
        Experiment experiment = new Experiment(setup, results);
        report.end(experiment);
        ReportFiles.write(options, experiment, runner.answers());
        return experiment.counting().isEmpty() && !interrupts.heard() ? STABILITY_ERROR : 0;
    }

    /** Searches the highest rate; what is reported of a level is then reported of each rate that was tried. */
    private int search(Experiment.Setup setup, LevelRunner runner, Optional<MetricsCollector> metrics)
            throws IOException {
        double start = LevelRange.parse("--request-rate-range", options.rate).start();
        List<LevelResult> runs = new ArrayList<>();
        AtomicReference<Optional<LevelResult>> best = new AtomicReference<>(Optional.empty());
        progress.begin("Searching", 1);
        MeasurementListener listener = interrupts.watching(progress);
        double found = new MaxRateSearch(
                        options,
                        (rate, number) -> observed(metrics, () -> runner.exactly(rate, number, listener)),
                        out,
                        run -> {
                            if (ReportFiles.areAsked(options.report)) {
                                runs.add(run);
                            }
                            if (run.counts()) {
                                best.set(Optional.of(run));
                            }
                        },
                        interrupts)
                .run(start);
        warnOf(metrics);
        TextReport report = new TextReport(setup, out, options.isVerbose());
        best.get().ifPresent(run -> {
            report.begin(run.level());
            report.level(run);
        });
        ReportFiles.write(options, new Experiment(setup, runs), runner.answers());
        return found > 0 || interrupts.heard() ? 0 : STABILITY_ERROR;
    }

    /** Measures a level, and what the server shows meanwhile. */
    private LevelResult observed(Optional<MetricsCollector> metrics, Measured level) throws IOException {
        metrics.ifPresent(MetricsCollector::begin);
        LevelResult result = level.measure();
        progress.clear();
        return metrics.map(collector -> result.with(collector.end())).orElse(result);
    }

    private static void warnOf(Optional<MetricsCollector> metrics) {
        metrics.map(MetricsCollector::problem)
                .filter(problem -> !problem.isEmpty())
                .ifPresent(problem -> System.err.println("warning: a poll of the metrics failed: " + problem));
    }

    private MeasurementListener listener(TextReport report) {
        return new MeasurementListener() {
            @Override
            public void tick(Status status) {
                progress.tick(status);
            }

            @Override
            public void pass(int number, Summary summary) {
                progress.clear();
                report.pass(number, summary);
            }
        };
    }

    private Endpoint metricsEndpoint(Target target) {
        String host = target.endpoint().host();
        String url = options.observe.url.isEmpty()
                ? (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + METRICS_PORT + "/metrics"
                : options.observe.url;
        return Endpoint.parse(url, METRICS_PORT, Map.of(), Optional.empty());
    }

    /** Prints a level; 0, or the code to end with if there is no use in going on. */
    private int show(TextReport report, LevelResult result, boolean single) {
        if (result.merged().failures().containsKey(Failure.Kind.WRONG)) {
            if (result.verdict() != Verdict.SILENT) {
                report.level(result);
            }
            System.err.println("error: Output doesn't match expected output (first failure: "
                    + result.merged().firstFailure() + ")");
            return GENERIC_ERROR;
        }
        if (result.verdict() == Verdict.SILENT) {
            String reason = result.merged().firstFailure();
            if (reason.isEmpty() && interrupts.heard()) {
                System.err.println("Warning: interrupted before a request was answered.");
                return 0;
            }
            System.err.println(
                    reason.isEmpty()
                            ? "error: No valid requests recorded within time interval. Please use a larger time window."
                            : "error: every request failed, the first with: " + reason);
            return reason.isEmpty() ? NO_REQUESTS : GENERIC_ERROR;
        }
        report.level(result);
        if (result.verdict() == Verdict.LATENCY_UNSTABLE) {
            System.err.println("Warning: Request latency is not stabilizing. Please try lowering the request rate.");
        }
        if (result.verdict() == Verdict.INTERRUPTED) {
            System.err.println("Warning: interrupted before the measurement was complete; what there is counts.");
        }
        if (result.verdict() == Verdict.OVER_LIMIT) {
            System.err.println(
                    "Measured latency went over the set limit of " + Math.round(options.latencyLimit) + " msec. ");
        }
        if (result.verdict() == Verdict.UNSTABLE) {
            System.err.println("Failed to obtain stable measurement within " + options.maxTrials
                    + " measurement windows" + (options.isByRate() ? "" : " for concurrency " + (long) result.level())
                    + ". Please try to increase the "
                    + (options.mode.equals("time_windows")
                            ? "--measurement-interval."
                            : "--measurement-request-count."));
            if (single) {
                System.err.println("error: Failed to obtain stable measurement.");
                return STABILITY_ERROR;
            }
        }
        return 0;
    }
}
