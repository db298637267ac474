package dev.nereid.bench.perf.report;

import dev.nereid.bench.perf.measure.LevelResult;
import dev.nereid.bench.perf.measure.Summary;
import dev.nereid.bench.perf.model.ModelStatistics;
import dev.nereid.bench.perf.report.Experiment.Setup;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** The printed text of perf_analyzer, which scripts read; what it does not have comes in lines of its own. */
public final class TextReport {
    private final Setup setup;
    private final PrintStream out;
    private final boolean verbose;

    public TextReport(Setup setup, PrintStream out, boolean verbose) {
        this.setup = setup;
        this.out = out;
        this.verbose = verbose;
    }

    /** The line before a level is measured. */
    public void begin(double level) {
        out.println(
                setup.byRate()
                        ? "Request Rate: " + setup.levelText(level) + " inference requests per seconds"
                        : "Request concurrency: " + setup.levelText(level));
    }

    /** The line of one window, for those who want to see it. */
    public void pass(int number, Summary summary) {
        if (verbose) {
            out.printf(
                    Locale.ROOT,
                    "  Pass [%d] throughput: %s infer/sec. Avg latency: %d usec (std %d usec). %n",
                    number,
                    rate(summary.throughput()),
                    summary.average(),
                    summary.deviation());
        }
    }

    /** Everything of one level. */
    public void level(LevelResult result) {
        client(result);
        if (setup.hasServer() && !result.merged().server().isEmpty()) {
            server(result.merged().server());
        }
        out.println();
    }

    private void client(LevelResult result) {
        Summary summary = result.summary();
        out.printf(Locale.ROOT, "  Client: %n    Request count: %d%n", summary.requests());
        if (setup.model().sequences()) {
            out.printf(
                    Locale.ROOT,
                    "    Sequence count: %d (%s seq/sec)%n",
                    summary.sequences(),
                    rate(summary.sequences() / summary.seconds()));
        }
        if (summary.delayed() > 0) {
            out.printf(Locale.ROOT, "    Delayed Request Count: %d%n", summary.delayed());
        }
        out.printf(Locale.ROOT, "    Throughput: %s infer/sec%n", rate(summary.throughput()));
        if (setup.model().decoupled()) {
            out.printf(Locale.ROOT, "    Response Throughput: %s infer/sec%n", rate(summary.responses()));
        }
        out.printf(
                Locale.ROOT,
                "    Avg latency: %d usec (standard deviation %d usec)%n",
                summary.average(),
                summary.deviation());
        summary.percentiles().forEach((number, micros) -> {
            if (number <= 99 || number == setup.percentile()) {
                out.printf(Locale.ROOT, "    p%s latency: %d usec%n", number(number), micros);
            }
        });
        long transfer = summary.send() + summary.receive();
        long total = transfer + summary.waiting();
        if (setup.grpc()) {
            out.printf(
                    Locale.ROOT,
                    "    Avg gRPC time: %d usec ((un)marshal request/response %d usec + response wait %d usec)%n",
                    total,
                    transfer,
                    summary.waiting());
        } else {
            out.printf(
                    Locale.ROOT,
                    "    Avg HTTP time: %d usec (send/recv %d usec + response wait %d usec)%n",
                    total,
                    transfer,
                    summary.waiting());
        }
        out.printf(
                Locale.ROOT,
                "    Tail latency: p99.9 %d usec, p99.99 %d usec%n",
                summary.percentile(99.9),
                summary.percentile(99.99));
        if (setup.byRate()) {
            out.printf(
                    Locale.ROOT,
                    "    From the scheduled time: avg send delay %d usec, p50 %d usec, p99 %d usec, p99.9 %d usec%n",
                    summary.sendDelay(),
                    summary.scheduledPercentile(50.0),
                    summary.scheduledPercentile(99.0),
                    summary.scheduledPercentile(99.9));
        }
        result.merged()
                .failures()
                .forEach((kind, count) -> out.printf(
                        Locale.ROOT,
                        "    %s requests: %d (first: %s)%n",
                        kind.name().charAt(0) + kind.name().substring(1).toLowerCase(Locale.ROOT),
                        count,
                        result.merged().firstFailure()));
    }

    private void server(List<ModelStatistics> models) {
        out.printf(Locale.ROOT, "  Server: %n");
        counts(models.getFirst(), "    ");
        if (models.size() > 1) {
            out.printf(Locale.ROOT, "    Composing models: %n");
            models.subList(1, models.size()).forEach(model -> {
                out.printf(Locale.ROOT, "    %s, version: %s%n", model.name(), model.version());
                counts(model, "      ");
            });
        }
    }

    private void counts(ModelStatistics model, String indent) {
        out.printf(Locale.ROOT, "%sInference count: %d%n", indent, model.inferences());
        out.printf(Locale.ROOT, "%sExecution count: %d%n", indent, model.executions());
        if (setup.model().cached()) {
            out.printf(
                    Locale.ROOT,
                    "%sCache hit count: %d%n",
                    indent,
                    model.cacheHit().count());
            out.printf(
                    Locale.ROOT,
                    "%sCache miss count: %d%n",
                    indent,
                    model.cacheMiss().count());
        }
        out.printf(
                Locale.ROOT,
                "%sSuccessful request count: %d%n",
                indent,
                model.success().count());
        out.printf(
                Locale.ROOT,
                "%sAvg request latency: %d usec (overhead %d usec + queue %d usec + compute input %d usec + compute infer %d"
                        + " usec + compute output %d usec)%n",
                indent,
                model.success().averageMicros(),
                model.overheadMicros(),
                model.queue().averageMicros(),
                model.computeInput().averageMicros(),
                model.computeInfer().averageMicros(),
                model.computeOutput().averageMicros());
    }

    /** The table at the end. */
    public void end(Experiment experiment) {
        out.printf(
                Locale.ROOT,
                "Inferences/Second vs. Client %s Batch Latency%n",
                setup.percentile() > 0 ? "p" + number(setup.percentile()) : "Average");
        experiment
                .counting()
                .forEach(result -> out.printf(
                        Locale.ROOT,
                        "%s: %s, throughput: %s infer/sec, latency %d usec%n",
                        setup.levelName(),
                        setup.levelText(result.level()),
                        rate(result.summary().throughput()),
                        result.summary().judged(setup.percentile())));
    }

    /** A rate with the digits that C++ streams print: six in all. */
    static String rate(double rate) {
        if (rate == 0) {
            return "0";
        }
        int whole = (int) Math.floor(Math.log10(Math.abs(rate))) + 1;
        String text = String.format(Locale.ROOT, "%." + Math.clamp(6L - whole, 0, 9) + "f", rate);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }

    /** A percentile without needless digits. */
    static String number(double percentile) {
        return Double.toString(percentile).replaceAll("\\.0$", "");
    }
}
