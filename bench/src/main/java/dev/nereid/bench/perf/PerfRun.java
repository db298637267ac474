package dev.nereid.bench.perf;

import dev.nereid.bench.perf.load.ClosedLoop;
import dev.nereid.bench.perf.load.Load;
import dev.nereid.bench.perf.load.OpenLoop;
import dev.nereid.bench.perf.load.RequestSource;
import dev.nereid.bench.perf.load.Schedule;
import dev.nereid.bench.perf.measure.LevelResult;
import dev.nereid.bench.perf.measure.LevelResult.Verdict;
import dev.nereid.bench.perf.measure.MeasureSettings;
import dev.nereid.bench.perf.measure.Measurement;
import dev.nereid.bench.perf.measure.Recorder;
import dev.nereid.bench.perf.measure.ServerCounts;
import dev.nereid.bench.perf.report.CsvReport;
import dev.nereid.bench.perf.report.Experiment;
import dev.nereid.bench.perf.report.JsonExport;
import dev.nereid.bench.perf.report.SettingsText;
import dev.nereid.bench.perf.report.TextReport;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One call of {@code nereid perf}: the levels one after the other, and their report. */
final class PerfRun {
    private static final int STABILITY_ERROR = 2;
    private static final int MOST_UNDER_WAY = 4096;
    private static final double NANOS_A_MICRO = 1e3;
    private static final String VERSION = "2.70.0";

    private final PerfOptions options;
    private final PrintStream out;

    PerfRun(PerfOptions options, PrintStream out) {
        OptionChecks.check(options);
        this.options = options;
        this.out = out;
    }

    /** Measures and reports; the exit code. */
    int run() throws IOException {
        try (Target target = Target.open(options)) {
            Requests requests = new Requests(options, target.model());
            boolean hasServer = target.api().hasStatistics();
            Experiment.Setup setup = new Experiment.Setup(
                    target.model(), options.isByRate(), options.isGrpc(), options.percentile, hasServer);
            TextReport report = new TextReport(setup, out, options.verbose.length > 0);
            out.print(SettingsText.of(settings(), options.isByRate(), options.distribution, options.async));
            List<LevelResult> results = new ArrayList<>();
            RequestSource source = requests.source(target.transport());
            LevelSearch search = LevelSearch.of(options);
            while (search.hasNext()) {
                double level = search.next();
                report.begin(level);
                LevelResult result = measure(target, source, level, counts(target, hasServer), report);
                results.add(result);
                search.learned(result.counts());
                if (!show(report, result, search.isSingle())) {
                    return STABILITY_ERROR;
                }
            }
            Experiment experiment = new Experiment(setup, results);
            report.end(experiment);
            write(experiment);
            return experiment.counting().isEmpty() ? STABILITY_ERROR : 0;
        }
    }

    /** Prints a level; false if there is no use in going on. */
    private boolean show(TextReport report, LevelResult result, boolean single) {
        if (result.verdict() == Verdict.SILENT) {
            String reason = result.merged().firstFailure();
            System.err.println(
                    reason.isEmpty()
                            ? "error: No valid requests recorded within time interval. Please use a larger time window."
                            : "error: every request failed, the first with: " + reason);
            return false;
        }
        report.level(result);
        if (result.verdict() == Verdict.LATENCY_UNSTABLE) {
            System.err.println("Request latency is not stabilizing. Please try a larger measurement interval.");
        }
        if (result.verdict() == Verdict.UNSTABLE) {
            System.err.println("Failed to obtain stable measurement within " + options.maxTrials
                    + " measurement windows. Please try to increase the --measurement-interval.");
            if (single) {
                System.err.println("error: Failed to obtain stable measurement.");
                return false;
            }
        }
        return true;
    }

    private LevelResult measure(
            Target target, RequestSource source, double level, ServerCounts counts, TextReport report)
            throws IOException {
        Recorder recorder = new Recorder();
        if (options.warmup > 0) {
            Load warmup = load(target, source, recorder, level, options.warmup);
            new Measurement(settings(), recorder, new ServerCounts(target.api(), List.of(), ""), (_, _) -> {})
                    .runToEnd(level, started(warmup)::isExhausted);
            warmup.stop();
        }
        Measurement measurement = new Measurement(settings(), recorder, counts, report::pass);
        Load load = started(load(target, source, recorder, level, options.requestCount));
        try {
            return options.requestCount > 0 ? measurement.runToEnd(level, load::isExhausted) : measurement.run(level);
        } finally {
            load.stop();
        }
    }

    private static Load started(Load load) {
        load.start();
        return load;
    }

    private Load load(Target target, RequestSource source, Recorder recorder, double level, long requests)
            throws IOException {
        if (!options.isByRate()) {
            return new ClosedLoop(target.transport(), source, recorder, (int) level, requests);
        }
        int slots = target.model().sequences() ? options.sequences : 1;
        return new OpenLoop(
                target.transport(),
                source,
                recorder,
                schedule(level),
                new OpenLoop.Bounds(slots, MOST_UNDER_WAY, requests));
    }

    private Schedule schedule(double rate) throws IOException {
        if (!options.intervals.isEmpty()) {
            return Schedule.repeated(gaps(Path.of(options.intervals)));
        }
        return options.distribution.equals("poisson") ? Schedule.poisson(rate, options.seed) : Schedule.constant(rate);
    }

    /** Gaps of a file in nanoseconds. */
    static List<Long> gaps(Path file) throws IOException {
        List<Long> gaps = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.isBlank()) {
                try {
                    gaps.add(Math.round(Double.parseDouble(line.strip()) * NANOS_A_MICRO));
                } catch (NumberFormatException e) {
                    throw new IllegalArgumentException(
                            "'" + file + "': expected microseconds in each line, got '" + line + "'", e);
                }
            }
        }
        if (gaps.isEmpty()) {
            throw new IllegalArgumentException("'" + file + "': expected at least one line");
        }
        return gaps;
    }

    private ServerCounts counts(Target target, boolean hasServer) {
        List<String> models = new ArrayList<>();
        if (hasServer) {
            models.add(target.model().name());
            target.model().steps().stream().distinct().forEach(models::add);
        }
        return new ServerCounts(target.api(), models, options.version);
    }

    private MeasureSettings settings() {
        return new MeasureSettings(
                options.mode.equals("count_windows"),
                options.interval,
                options.windowCount,
                options.stability,
                options.maxTrials,
                options.percentile,
                Math.round(options.latencyLimit * 1000),
                options.batch,
                options.async || options.isByRate());
    }

    private void write(Experiment experiment) throws IOException {
        if (!options.csv.toString().isEmpty()) {
            Files.writeString(options.csv, new CsvReport(experiment, options.verboseCsv).text());
        }
        if (!options.export.toString().isEmpty()) {
            try (Writer writer = Files.newBufferedWriter(options.export)) {
                new JsonExport().write(experiment, VERSION, writer);
            }
        }
    }
}
