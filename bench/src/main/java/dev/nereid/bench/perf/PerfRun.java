package dev.nereid.bench.perf;

import dev.nereid.bench.perf.client.Failure;
import dev.nereid.bench.perf.compare.Comparison;
import dev.nereid.bench.perf.measure.LevelResult;
import dev.nereid.bench.perf.measure.LevelResult.Verdict;
import dev.nereid.bench.perf.measure.Summary;
import dev.nereid.bench.perf.measure.Watcher;
import dev.nereid.bench.perf.metrics.MetricsCollector;
import dev.nereid.bench.perf.model.Endpoint;
import dev.nereid.bench.perf.model.HttpCalls;
import dev.nereid.bench.perf.model.ModelReference;
import dev.nereid.bench.perf.report.ComparisonText;
import dev.nereid.bench.perf.report.Experiment;
import dev.nereid.bench.perf.report.TextReport;
import dev.nereid.bench.perf.sharedmemory.SharedTensors;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One call of {@code nereid perf}: the levels one after the other, and their report. */
final class PerfRun {
    private static final int STABILITY_ERROR = 2;

    /** What perf_analyzer ends with after any error but an unstable measurement. */
    private static final int WRONG_ANSWERS = 99;

    private static final int METRICS_PORT = 8002;

    private final PerfOptions options;
    private final PrintStream out;
    private final Progress progress;

    PerfRun(PerfOptions options, PrintStream out) {
        this(options, out, Progress.of(options.report));
    }

    PerfRun(PerfOptions options, PrintStream out, Progress progress) {
        OptionChecks.check(options);
        this.options = options;
        this.out = out;
        this.progress = progress;
    }

    /** Measures and reports; the exit code. */
    int run() throws IOException {
        if (options.versus.isAsked()) {
            out.print(Settings.text(options, false));
            Comparison comparison = new Versus(options).run(new ComparisonText(out), progress);
            ReportFiles.write(options, comparison);
            return 0;
        }
        try (Target target = Target.open(options, options.server())) {
            trace(target);
            if (options.sharedMemory.equals("none")) {
                return run(target, Optional.empty());
            }
            try (SharedTensors shared = new SharedTensors(target.api())) {
                return run(target, Optional.of(shared));
            }
        }
    }

    private int run(Target target, Optional<SharedTensors> shared) throws IOException {
        Requests requests = new Requests(options, target.model(), shared);
        options.async |= target.model().sequences() && !options.sync;
        boolean hasServer = target.api().hasStatistics();
        List<ModelReference> counted =
                hasServer ? ComposingModels.of(target.api(), target.model(), options.observe.composing) : List.of();
        LevelRunner runner = new LevelRunner(options, target, requests, counted);
        out.print(Settings.text(options, target.model().decoupled()));
        if (options.goal.findMaxRate) {
            double start = Range.parse("--request-rate-range", options.rate).start();
            MaxRateSearch.Trial trial = (rate, number) -> {
                LevelResult result = runner.exactly(rate, number, progress);
                progress.clear();
                return result;
            };
            progress.begin("Searching", 1);
            return new MaxRateSearch(options, trial, out).run(start) > 0 ? 0 : STABILITY_ERROR;
        }
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
        TextReport report = new TextReport(setup, out, options.verbose.length > 0);
        Watcher watcher = watcher(report);
        List<LevelResult> results = new ArrayList<>();
        LevelSearch search = LevelSearch.of(options);
        while (search.hasNext()) {
            double level = search.next();
            report.begin(level);
            progress.begin(
                    setup.levelName() + " " + setup.levelText(level), options.isFinite() ? 1 : options.maxTrials);
            metrics.ifPresent(MetricsCollector::begin);
            LevelResult measured = runner.run(level, watcher);
            progress.clear();
            LevelResult result =
                    metrics.map(collector -> measured.with(collector.end())).orElse(measured);
            results.add(result);
            search.learned(result.counts());
            int code = show(report, result, search.isSingle());
            if (code != 0) {
                ReportFiles.writePage(options, new Experiment(setup, results));
                return code;
            }
        }
        metrics.map(MetricsCollector::problem)
                .filter(problem -> !problem.isEmpty())
                .ifPresent(problem -> System.err.println("warning: a poll of the metrics failed: " + problem));
        Experiment experiment = new Experiment(setup, results);
        report.end(experiment);
        ReportFiles.write(options, experiment);
        return experiment.counting().isEmpty() ? STABILITY_ERROR : 0;
    }

    private Watcher watcher(TextReport report) {
        return new Watcher() {
            @Override
            public void tick(Sight sight) {
                progress.tick(sight);
            }

            @Override
            public void pass(int number, Summary summary) {
                progress.clear();
                report.pass(number, summary);
            }
        };
    }

    private void trace(Target target) {
        Map<String, List<String>> settings = options.observe.trace();
        if (!settings.isEmpty()) {
            target.api().traceSettings(options.model, settings);
        }
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
            return WRONG_ANSWERS;
        }
        if (result.verdict() == Verdict.SILENT) {
            String reason = result.merged().firstFailure();
            System.err.println(
                    reason.isEmpty()
                            ? "error: No valid requests recorded within time interval. Please use a larger time window."
                            : "error: every request failed, the first with: " + reason);
            return STABILITY_ERROR;
        }
        report.level(result);
        if (result.verdict() == Verdict.LATENCY_UNSTABLE) {
            System.err.println("Warning: Request latency is not stabilizing. Please try lowering the request rate.");
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
