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
            print(
                    "  Pass [%d] throughput: %s infer/sec. Avg latency: %d usec (std %d usec). %n",
                    number, rate(summary.throughput()), summary.average(), summary.deviation());
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
        print("  Client: %n    Request count: %d%n", summary.requests());
        if (setup.model().sequences()) {
            print(
                    "    Sequence count: %d (%s seq/sec)%n",
                    summary.sequences(), rate(summary.sequences() / summary.seconds()));
        }
        if (summary.delayed() > 0) {
            print("    Delayed Request Count: %d%n", summary.delayed());
        }
        print("    Throughput: %s infer/sec%n", rate(summary.throughput()));
        if (setup.model().decoupled()) {
            print("    Response Throughput: %s infer/sec%n", rate(summary.responses()));
        }
        print("    Avg latency: %d usec (standard deviation %d usec)%n", summary.average(), summary.deviation());
        summary.percentiles().forEach((number, micros) -> {
            if (number <= 99 || number == setup.percentile()) {
                print("    p%s latency: %d usec%n", number(number), micros);
            }
        });
        String parts = setup.grpc()
                ? "    Avg gRPC time: %d usec ((un)marshal request/response %d usec + response wait %d usec)%n"
                : "    Avg HTTP time: %d usec (send/recv %d usec + response wait %d usec)%n";
        print(
                parts,
                summary.send() + summary.receive() + summary.waiting(),
                summary.send() + summary.receive(),
                summary.waiting());
        print("    Tail latency: p99.9 %d usec, p99.99 %d usec%n", summary.percentile(99.9), summary.percentile(99.99));
        if (setup.byRate()) {
            print(
                    "    From the scheduled time: avg send delay %d usec, p50 %d usec, p99 %d usec, p99.9 %d usec%n",
                    summary.sendDelay(),
                    summary.scheduled().get(50.0),
                    summary.scheduled().get(99.0),
                    summary.scheduled().get(99.9));
        }
        result.merged()
                .failures()
                .forEach((kind, count) -> print(
                        "    %s requests: %d (first: %s)%n",
                        kind.name().charAt(0) + kind.name().substring(1).toLowerCase(Locale.ROOT),
                        count,
                        result.merged().firstFailure()));
    }

    private void server(List<ModelStatistics> models) {
        print("  Server: %n");
        counts(models.getFirst(), "    ");
        if (models.size() > 1) {
            print("    Composing models: %n");
            models.subList(1, models.size()).forEach(model -> {
                print("    %s, version: %s%n", model.name(), model.version());
                counts(model, "      ");
            });
        }
    }

    private void counts(ModelStatistics model, String indent) {
        print("%sInference count: %d%n", indent, model.inferences());
        print("%sExecution count: %d%n", indent, model.executions());
        if (setup.model().cached()) {
            print("%sCache hit count: %d%n", indent, model.cacheHit().count());
            print("%sCache miss count: %d%n", indent, model.cacheMiss().count());
        }
        print("%sSuccessful request count: %d%n", indent, model.success().count());
        print(
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
        print(
                "Inferences/Second vs. Client %s Batch Latency%n",
                setup.percentile() > 0 ? "p" + number(setup.percentile()) : "Average");
        experiment
                .counting()
                .forEach(result -> print(
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

    private void print(String format, Object... arguments) {
        out.print(String.format(Locale.ROOT, format, arguments));
    }
}
