package dev.nereid.bench.perf;

import dev.nereid.bench.perf.measure.LevelResult;
import dev.nereid.bench.perf.measure.LevelResult.Verdict;
import dev.nereid.bench.perf.report.CsvReport;
import dev.nereid.bench.perf.report.Experiment;
import dev.nereid.bench.perf.report.JsonExport;
import dev.nereid.bench.perf.report.SettingsText;
import dev.nereid.bench.perf.report.TextReport;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Writer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** One call of {@code nereid perf}: the levels one after the other, and their report. */
final class PerfRun {
    private static final int STABILITY_ERROR = 2;
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
            out.print(SettingsText.of(
                    LevelRunner.settings(options), options.isByRate(), options.distribution, options.async));
            List<LevelResult> results = new ArrayList<>();
            LevelRunner runner = new LevelRunner(options, target, requests.source(target.transport()), hasServer);
            if (options.findMaxRate) {
                double start = Range.parse("--request-rate-range", options.rate).start();
                return new MaxRateSearch(options, runner, out).run(start) > 0 ? 0 : STABILITY_ERROR;
            }
            LevelSearch search = LevelSearch.of(options);
            while (search.hasNext()) {
                double level = search.next();
                report.begin(level);
                LevelResult result = runner.run(level, report::pass);
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
