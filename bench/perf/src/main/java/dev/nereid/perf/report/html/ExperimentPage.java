package dev.nereid.perf.report.html;

import dev.nereid.perf.measure.Goodput;
import dev.nereid.perf.measure.LevelResult;
import dev.nereid.perf.measure.Summary;
import dev.nereid.perf.metrics.MetricRange;
import dev.nereid.perf.model.ModelStatistics;
import dev.nereid.perf.report.Experiment;
import dev.nereid.perf.report.Experiment.Goal;
import dev.nereid.perf.report.Experiment.Setup;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/** A page about a sweep over load levels. */
public final class ExperimentPage {
    private static final int MOST_CURVES = 6;

    private final Experiment experiment;
    private final Setup setup;
    private final List<LevelResult> levels;

    private ExperimentPage(Experiment experiment) {
        this.experiment = experiment;
        this.setup = experiment.setup();
        this.levels = experiment.results().stream()
                .filter(result -> result.summary().requests() > 0)
                .toList();
    }

    /** The whole page; levels that are not stable are marked. */
    public static String of(Experiment experiment) {
        return new ExperimentPage(experiment).page();
    }

    private String page() {
        List<String> cards = new ArrayList<>();
        cards.add(Page.card("Throughput and latency", throughput(), "", false));
        cards.add(Page.card("Latency by percentile", percentiles(), "", false));
        cards.add(Page.card(
                "Where the time goes",
                breakdown(),
                setup.hasServer()
                        ? "Means; each bar is the whole latency. Network is what neither the client nor the server's statistics account for."
                        : "Means, as the client sees them: the server keeps no statistics. Each bar is the whole latency.",
                true));
        cards.add(Page.card("All levels", table(), "", true));
        if (levels.stream().anyMatch(level -> !level.metrics().isEmpty())) {
            cards.add(Page.card("The server's metrics", metrics(), "Counters: their growth a second.", true));
        }
        return Page.of(
                "Load test of " + setup.model().name(),
                setup.server() + ", " + setup.kind() + "; levels are "
                        + (setup.byRate() ? "requests a second" : "requests at a time"),
                List.of(tiles(), Page.cards(cards)));
    }

    private String tiles() {
        List<LevelResult> counting = experiment.counting().isEmpty() ? levels : experiment.counting();
        if (counting.isEmpty()) {
            return "<p class=\"note\">No level has a result.</p>";
        }
        LevelResult fastest = counting.stream()
                .max(Comparator.comparingDouble(level -> level.summary().throughput()))
                .orElseThrow();
        LevelResult quickest = counting.stream()
                .min(Comparator.comparingDouble(level -> level.summary().average()))
                .orElseThrow();
        long requests =
                levels.stream().mapToLong(level -> level.summary().requests()).sum();
        long failed =
                levels.stream().mapToLong(level -> level.merged().failed()).sum();
        List<List<String>> tiles = new ArrayList<>(List.of(
                List.of(
                        NumberFormat.plain(fastest.summary().throughput()) + "/s",
                        "highest throughput, at " + setup.levelText(fastest.level())),
                List.of(NumberFormat.micros(fastest.summary().percentile(99.0)), "p99 latency there"),
                List.of(
                        NumberFormat.micros(quickest.summary().average()),
                        "lowest mean latency, at " + setup.levelText(quickest.level())),
                List.of(NumberFormat.plain(requests), "requests in the results"),
                List.of(NumberFormat.plain(failed), "failed")));
        setup.goal().ifPresent(goal -> tiles.add(best(goal, counting)));
        return Page.tiles(tiles);
    }

    /** The level with the most answers in time. */
    private List<String> best(Goal goal, List<LevelResult> counting) {
        LevelResult best = counting.stream()
                .max(Comparator.comparingDouble(
                        level -> Goodput.of(level, goal.millis()).throughput()))
                .orElseThrow();
        return List.of(
                NumberFormat.plain(Goodput.of(best, goal.millis()).throughput()) + "/s",
                "highest goodput (within " + NumberFormat.digits(goal.millis()) + " ms), at "
                        + setup.levelText(best.level()));
    }

    private String throughput() {
        List<Double> shown = List.of(50.0, 90.0, 99.0, 99.9);
        List<LinePlot.Line> lines = new ArrayList<>();
        for (double percentile : shown) {
            List<LinePlot.Point> points = new ArrayList<>();
            for (LevelResult level : levels) {
                Summary summary = level.summary();
                boolean labelled = percentile == shown.getLast();
                points.add(new LinePlot.Point(
                        summary.throughput(),
                        Math.max(1, latency(level, percentile)),
                        labelled ? setup.levelText(level.level()) : "",
                        setup.levelName() + " " + setup.levelText(level.level()) + ": "
                                + NumberFormat.plain(summary.throughput()) + "/s, p" + NumberFormat.digits(percentile)
                                + " "
                                + NumberFormat.micros(latency(level, percentile))));
            }
            lines.add(new LinePlot.Line("p" + Double.toString(percentile).replaceAll("\\.0$", ""), points, true));
        }
        double most = levels.stream()
                .mapToDouble(level -> level.summary().throughput())
                .max()
                .orElse(1);
        return LinePlot.of(
                "Latency over throughput",
                Axis.linear("inferences a second; numbers are the levels", most, NumberFormat::plain),
                latencyAxis(lines),
                lines);
    }

    private static Axis latencyAxis(List<LinePlot.Line> lines) {
        double least = lines.stream()
                .flatMap(line -> line.points().stream())
                .mapToDouble(LinePlot.Point::y)
                .min()
                .orElse(1);
        double most = lines.stream()
                .flatMap(line -> line.points().stream())
                .mapToDouble(LinePlot.Point::y)
                .max()
                .orElse(1);
        return Axis.of("latency", least, most, NumberFormat::micros);
    }

    /** By rate, what counts is the time since a request was due. */
    private double latency(LevelResult level, double percentile) {
        return setup.byRate()
                ? level.summary().scheduledPercentile(percentile)
                : level.summary().percentile(percentile);
    }

    private String percentiles() {
        List<LevelResult> some = new ArrayList<>();
        int count = Math.min(MOST_CURVES, levels.size());
        for (int i = 0; i < count; i++) {
            some.add(levels.get(count == 1 ? 0 : i * (levels.size() - 1) / (count - 1)));
        }
        List<LinePlot.Line> lines = new ArrayList<>();
        for (LevelResult level : some) {
            lines.add(new LinePlot.Line(
                    setup.levelText(level.level()),
                    PercentileCurve.of(
                            setup.byRate()
                                    ? level.merged().samples().scheduledLatencies()
                                    : level.merged().samples().latencies()),
                    false));
        }
        return LinePlot.of("Latency by percentile", Axis.percentiles(), latencyAxis(lines), lines);
    }

    private String breakdown() {
        List<String> parts = setup.hasServer()
                ? List.of(
                        "client send",
                        "network",
                        "queue",
                        "compute input",
                        "compute infer",
                        "compute output",
                        "client receive")
                : List.of("client send", "wait for the server", "client receive");
        List<StackedBars.Bar> bars = levels.stream()
                .map(level -> new StackedBars.Bar(setup.levelText(level.level()), times(level)))
                .toList();
        return StackedBars.of("Mean time of each part", setup.levelName(), parts, bars);
    }

    private List<Double> times(LevelResult level) {
        Summary summary = level.summary();
        double send = summary.send();
        double receive = summary.receive();
        if (!setup.hasServer() || level.merged().server().isEmpty()) {
            return setup.hasServer()
                    ? List.of(send, (double) summary.waiting(), 0.0, 0.0, 0.0, 0.0, receive)
                    : List.of(send, (double) summary.waiting(), receive);
        }
        List<ModelStatistics> models = level.merged().server();
        List<ModelStatistics> counted = models.size() > 1 ? models.subList(1, models.size()) : models;
        double queue = 0;
        double input = 0;
        double infer = 0;
        double output = 0;
        for (ModelStatistics model : counted) {
            queue += model.queue().averageMicros();
            input += model.computeInput().averageMicros();
            infer += model.computeInfer().averageMicros();
            output += model.computeOutput().averageMicros();
        }
        double network = Math.max(0, summary.average() - send - receive - queue - input - infer - output);
        return List.of(send, network, queue, input, infer, output, receive);
    }

    private String table() {
        List<String> head = new ArrayList<>(List.of(
                setup.levelName(), "infer/sec", "mean", "p50", "p90", "p95", "p99", "p99.9", "p99.99", "failed"));
        if (setup.byRate()) {
            head.add("p99 from schedule");
        }
        setup.goal().ifPresent(goal -> {
            head.add("goodput/sec");
            head.add("within " + NumberFormat.digits(goal.millis()) + " ms");
        });
        head.add("verdict");
        List<List<String>> rows = new ArrayList<>();
        for (LevelResult level : levels) {
            Summary summary = level.summary();
            List<String> row = new ArrayList<>();
            row.add(setup.levelText(level.level()));
            row.add(NumberFormat.plain(summary.throughput()));
            row.add(NumberFormat.micros(summary.average()));
            for (double percentile : List.of(50.0, 90.0, 95.0, 99.0, 99.9, 99.99)) {
                row.add(NumberFormat.micros(summary.percentile(percentile)));
            }
            row.add(String.valueOf(level.merged().failed()));
            if (setup.byRate()) {
                row.add(NumberFormat.micros(summary.scheduledPercentile(99.0)));
            }
            setup.goal().ifPresent(goal -> {
                Goodput goodput = Goodput.of(level, goal.millis());
                row.add(NumberFormat.plain(goodput.throughput()));
                row.add("<span class=\"" + (goodput.percent() >= goal.percent() ? "good" : "bad") + "\">"
                        + String.format(Locale.ROOT, "%.2f", goodput.percent()) + " %</span>");
            });
            row.add(verdict(level));
            rows.add(row);
        }
        return Page.table(head, rows);
    }

    private static String verdict(LevelResult level) {
        return switch (level.verdict()) {
            case STABLE -> "<span class=\"good\">stable</span>";
            case LATENCY_UNSTABLE -> "latency not stable";
            case INTERRUPTED -> "interrupted";
            case UNSTABLE -> "<span class=\"bad\">not stable</span>";
            case OVER_LIMIT -> "<span class=\"bad\">over the limit</span>";
            case SILENT -> "<span class=\"bad\">no answers</span>";
        };
    }

    private String metrics() {
        List<List<String>> rows = new ArrayList<>();
        for (LevelResult level : levels) {
            for (MetricRange range : level.metrics()) {
                boolean ours = range.label("model").isEmpty()
                        || range.label("model").equals(setup.model().name());
                if (ours && (range.least() != 0 || range.most() != 0)) {
                    rows.add(List.of(
                            Page.escape(range.name() + labels(range)),
                            setup.levelText(level.level()),
                            NumberFormat.plain(range.least()),
                            NumberFormat.plain(range.mean()),
                            NumberFormat.plain(range.most())));
                }
            }
        }
        rows.sort(Comparator.comparing(List::getFirst));
        return Page.table(List.of("metric", setup.levelName(), "min", "avg", "max"), rows);
    }

    private static String labels(MetricRange range) {
        TreeMap<String, String> labels = new TreeMap<>(range.labels());
        labels.keySet().removeAll(List.of("model", "version"));
        return labels.isEmpty() ? "" : " " + labels;
    }
}
