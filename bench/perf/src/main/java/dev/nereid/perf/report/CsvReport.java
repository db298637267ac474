package dev.nereid.perf.report;

import dev.nereid.perf.measure.Goodput;
import dev.nereid.perf.measure.LevelResult;
import dev.nereid.perf.measure.Summary;
import dev.nereid.perf.model.ModelStatistics;
import dev.nereid.perf.report.Experiment.Goal;
import dev.nereid.perf.report.Experiment.Setup;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The table of perf_analyzer's {@code -f} in its columns, rows by rising throughput. Columns of our own follow behind
 * perf_analyzer's: where it is verbose, and where goodput was asked for.
 */
public final class CsvReport {
    private record Column(String name, Cell cell) {}

    private interface Cell {
        Object of(LevelResult result);
    }

    private final Experiment experiment;
    private final boolean verbose;

    public CsvReport(Experiment experiment, boolean verbose) {
        this.experiment = experiment;
        this.verbose = verbose;
    }

    /** The whole file. */
    public String text() {
        List<Column> columns = columns();
        StringBuilder text = new StringBuilder();
        text.append(columns.stream().map(Column::name).collect(Collectors.joining(",")))
                .append('\n');
        experiment.counting().stream()
                .sorted(Comparator.comparingDouble(result -> result.summary().throughput()))
                .forEach(result -> text.append(columns.stream()
                                .map(column -> String.valueOf(column.cell().of(result)))
                                .collect(Collectors.joining(",")))
                        .append('\n'));
        return text.toString();
    }

    private List<Column> columns() {
        Setup setup = experiment.setup();
        List<Column> columns = new ArrayList<>();
        columns.add(new Column(setup.levelName(), result -> setup.levelText(result.level())));
        columns.add(new Column(
                "Inferences/Second", result -> TextReport.rate(result.summary().throughput())));
        if (setup.model().decoupled()) {
            columns.add(new Column(
                    "Response Throughput",
                    result -> TextReport.rate(result.summary().responses())));
        }
        columns.add(new Column("Client Send", result -> result.summary().send()));
        if (setup.hasServer()) {
            columns.addAll(server());
        }
        columns.add(new Column("Client Recv", result -> result.summary().receive()));
        SortedSet<Double> percentiles = new TreeSet<>(List.of(50.0, 90.0, 95.0, 99.0));
        if (setup.percentile() > 0) {
            percentiles.add(setup.percentile());
        }
        percentiles.forEach(percentile -> columns.add(percentile(percentile)));
        if (verbose) {
            columns.addAll(more());
        }
        setup.goal().ifPresent(goal -> columns.addAll(goodput(goal)));
        return columns;
    }

    private static Column percentile(double percentile) {
        return new Column(
                "p" + TextReport.number(percentile) + " latency",
                result -> result.summary().percentile(percentile));
    }

    private static List<Column> goodput(Goal goal) {
        return List.of(
                new Column(
                        "Goodput/Second",
                        result -> TextReport.rate(
                                Goodput.of(result, goal.millis()).throughput())),
                new Column(
                        "Goodput Percentage",
                        result -> TextReport.rate(
                                Goodput.of(result, goal.millis()).percent())));
    }

    private List<Column> server() {
        List<Column> columns = new ArrayList<>(List.of(
                new Column("Network+Server Send/Recv", CsvReport::network),
                new Column("Server Queue", result -> of(result).queue().averageMicros()),
                new Column(
                        "Server Compute Input",
                        result -> of(result).computeInput().averageMicros()),
                new Column(
                        "Server Compute Infer",
                        result -> of(result).computeInfer().averageMicros()),
                new Column(
                        "Server Compute Output",
                        result -> of(result).computeOutput().averageMicros())));
        if (experiment.setup().model().cached()) {
            columns.add(new Column(
                    "Server Cache Hit", result -> of(result).cacheHit().averageMicros()));
            columns.add(new Column(
                    "Server Cache Miss", result -> of(result).cacheMiss().averageMicros()));
        }
        return columns;
    }

    private List<Column> more() {
        List<Column> columns = new ArrayList<>();
        if (experiment.setup().percentile() <= 0) {
            columns.add(new Column("Avg latency", result -> result.summary().average()));
        }
        columns.add(new Column(
                "request/response",
                result -> result.summary().send() + result.summary().receive()));
        columns.add(new Column("response wait", result -> result.summary().waiting()));
        if (experiment.setup().collectsMetrics()) {
            MetricsText.GPU.forEach(figure -> columns.add(new Column(figure.title(), result -> gpus(figure, result))));
        }
        columns.add(percentile(99.9));
        columns.add(percentile(99.99));
        if (experiment.setup().byRate()) {
            columns.add(new Column("Avg send delay", result -> result.summary().sendDelay()));
            columns.add(new Column(
                    "p99 scheduled latency", result -> result.summary().scheduledPercentile(99.0)));
        }
        columns.add(new Column("Failed requests", result -> result.merged().failed()));
        if (experiment.setup().collectsMetrics()) {
            columns.addAll(metrics());
        }
        return columns;
    }

    private static String gpus(MetricsText.GpuFigure figure, LevelResult result) {
        StringBuilder text = new StringBuilder();
        figure.of(result.metrics())
                .forEach((gpu, value) -> text.append(gpu)
                        .append(':')
                        .append(TextReport.rate(value))
                        .append(';'));
        return text.toString();
    }

    /** A column of means for each metric that any level has. */
    private List<Column> metrics() {
        String model = experiment.setup().model().name();
        SortedSet<String> titles = new TreeSet<>();
        experiment
                .counting()
                .forEach(result -> MetricsText.others(result.metrics(), model)
                        .forEach(range -> titles.add(MetricsText.title(range))));
        return titles.stream()
                .map(title -> new Column(
                        "Avg " + title.replace(',', ' '),
                        result -> MetricsText.others(result.metrics(), model).stream()
                                .filter(range -> MetricsText.title(range).equals(title))
                                .map(range -> TextReport.rate(range.mean()))
                                .findFirst()
                                .orElse("")))
                .toList();
    }

    private static ModelStatistics of(LevelResult result) {
        return result.merged().server().getFirst();
    }

    private static long network(LevelResult result) {
        Summary summary = result.summary();
        ModelStatistics model = of(result);
        long known = summary.send()
                + summary.receive()
                + model.queue().averageMicros()
                + model.computeInput().averageMicros()
                + model.computeInfer().averageMicros()
                + model.computeOutput().averageMicros()
                + model.cacheHit().averageMicros()
                + model.cacheMiss().averageMicros();
        return Math.max(0, summary.average() - known);
    }
}
