package dev.nereid.perf.report;

import dev.nereid.perf.measure.Goodput;
import dev.nereid.perf.measure.LevelResult;
import dev.nereid.perf.measure.Summary;
import dev.nereid.perf.report.Experiment.Goal;
import dev.nereid.perf.report.Experiment.Setup;
import java.io.PrintStream;
import java.util.Locale;

/** The printed text of perf_analyzer, which scripts read; what it does not have comes in lines of its own. */
public final class TextReport {
    /** Percent of requests that may be sent late without a word. */
    private static final double MOST_DELAYED = 1;

    /** Share of its threads' time that the generator may be busy without a word. */
    private static final double MOST_OVERHEAD = 0.5;

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
        String text = setup.levelText(level);
        out.println(
                switch (setup.mode()) {
                    case CONCURRENCY -> "Request concurrency: " + text;
                    case RATE -> "Request Rate: " + text + " inference requests per second";
                    case SCHEDULE -> "Fixed schedule: every entry of the input data at its timestamp";
                    case PERIODIC -> "Periodic concurrency: up to " + text;
                    case SESSIONS -> "Session concurrency: " + text;
                });
    }

    /** The line of one window, for those who want to see it. */
    public void pass(int number, Summary summary) {
        if (!verbose) {
            return;
        }
        out.printf(Locale.ROOT, "  Pass [%d] throughput: %s infer/sec. ", number, rate(summary.throughput()));
        if (setup.percentile() > 0) {
            out.printf(
                    Locale.ROOT,
                    "p%s latency: %d usec%n",
                    number(setup.percentile()),
                    summary.judged(setup.percentile()));
        } else {
            out.printf(Locale.ROOT, "Avg latency: %d usec (std %d usec). %n", summary.average(), summary.deviation());
        }
    }

    /** Everything of one level. */
    public void level(LevelResult result) {
        client(result);
        if (setup.hasServer() && !result.merged().server().isEmpty()) {
            new ServerText(out, setup.model().cached()).print(result.merged().server());
        } else {
            out.println();
        }
        if (setup.collectsMetrics()) {
            MetricsText.print(result.metrics(), setup.model().name(), out);
        }
        if (result.overhead() > MOST_OVERHEAD) {
            out.println("[WARNING] Perf Analyzer is not able to keep up with the desired load. The results may not be"
                    + " accurate.");
        }
    }

    private void client(LevelResult result) {
        Summary summary = result.summary();
        out.printf(Locale.ROOT, "  Client: %n    Request count: %d%n", summary.requests());
        double delayed = 100.0 * summary.delayed() / Math.max(1, summary.requests());
        if (delayed > MOST_DELAYED) {
            out.printf(
                    Locale.ROOT,
                    "    Avg send request rate: %.2f infer/sec%n    [WARNING] Perf Analyzer was not able to keep up with"
                            + " the desired request rate. %.2f%% of the requests were delayed. %n",
                    result.merged().usage().sent() / summary.seconds(),
                    delayed);
        }
        if (setup.model().sequences()) {
            out.printf(
                    Locale.ROOT,
                    "    Sequence count: %d (%s seq/sec)%n",
                    summary.sequences(),
                    rate(summary.sequences() / summary.seconds()));
        }
        out.printf(Locale.ROOT, "    Throughput: %s infer/sec%n", rate(summary.throughput()));
        if (setup.model().decoupled()) {
            out.printf(Locale.ROOT, "    Response Throughput: %s infer/sec%n", rate(summary.responses()));
        }
        if (verbose) {
            out.printf(Locale.ROOT, "    Avg client overhead: %.2f%%%n", 100 * result.overhead());
        }
        if (setup.percentile() <= 0) {
            out.printf(
                    Locale.ROOT,
                    "    Avg latency: %d usec (standard deviation %d usec)%n",
                    summary.average(),
                    summary.deviation());
        }
        summary.percentiles().forEach((number, micros) -> {
            if (number <= 99 || number == setup.percentile()) {
                out.printf(Locale.ROOT, "    p%s latency: %d usec%n", number(number), micros);
            }
        });
        if (!setup.model().decoupled()) {
            transfer(summary);
        }
        beyond(result);
    }

    private void transfer(Summary summary) {
        long total = summary.send() + summary.receive() + summary.waiting();
        String protocol = setup.grpc() ? "gRPC" : "HTTP";
        if (verbose) {
            out.printf(
                    Locale.ROOT,
                    "    Avg %s time: %d usec (%s %d usec + response wait %d usec + %s %d usec)%n",
                    protocol,
                    total,
                    setup.grpc() ? "marshal" : "send",
                    summary.send(),
                    summary.waiting(),
                    setup.grpc() ? "unmarshal" : "receive",
                    summary.receive());
        } else {
            out.printf(
                    Locale.ROOT,
                    "    Avg %s time: %d usec (%s %d usec + response wait %d usec)%n",
                    protocol,
                    total,
                    setup.grpc() ? "(un)marshal request/response" : "send/recv",
                    summary.send() + summary.receive(),
                    summary.waiting());
        }
    }

    /** What perf_analyzer does not print. */
    private void beyond(LevelResult result) {
        Summary summary = result.summary();
        out.printf(
                Locale.ROOT,
                "    Tail latency: p99.9 %d usec, p99.99 %d usec%n",
                summary.percentile(99.9),
                summary.percentile(99.99));
        setup.goal().ifPresent(goal -> goodput(goal, Goodput.of(result, goal.millis())));
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

    private void goodput(Goal goal, Goodput goodput) {
        out.printf(
                Locale.ROOT,
                "    Goodput: %s infer/sec (%.2f%% of the requests within %s msec, %s%% wanted: %s)%n",
                rate(goodput.throughput()),
                goodput.percent(),
                number(goal.millis()),
                number(goal.percent()),
                goodput.percent() >= goal.percent() ? "met" : "missed");
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
