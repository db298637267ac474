package dev.nereid.perf.report;

import dev.nereid.perf.metrics.MetricRange;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** What the server's metrics were during a level: GPUs in perf_analyzer's words, all others by their names. */
final class MetricsText {
    /** A line of a GPU, and what a CSV calls it. */
    record GpuFigure(String title, String metric, ToDoubleFunction<MetricRange> figure, double factor, String unit) {
        /** The figure of each GPU, by its id. */
        Map<String, Double> of(List<MetricRange> metrics) {
            Map<String, Double> figures = new TreeMap<>();
            metrics.stream()
                    .filter(range -> range.name().equals(metric))
                    .forEach(range -> figures.put(range.label("gpu_uuid"), figure.applyAsDouble(range)));
            return figures;
        }
    }

    static final List<GpuFigure> GPU = List.of(
            new GpuFigure("Avg GPU Utilization", "nv_gpu_utilization", MetricRange::mean, 100, "%"),
            new GpuFigure("Avg GPU Power Usage", "nv_gpu_power_usage", MetricRange::mean, 1, " watts"),
            new GpuFigure("Max GPU Memory Usage", "nv_gpu_memory_used_bytes", MetricRange::most, 1, " bytes"),
            new GpuFigure("Total GPU Memory", "nv_gpu_memory_total_bytes", MetricRange::most, 1, " bytes"));

    private MetricsText() {}

    static void print(List<MetricRange> metrics, String model, PrintStream out) {
        out.println("  Server Prometheus Metrics: ");
        for (GpuFigure line : GPU) {
            Map<String, Double> figures = line.of(metrics);
            if (!figures.isEmpty()) {
                out.println("    " + line.title() + ":");
                figures.forEach((gpu, figure) ->
                        out.println("      " + gpu + " : " + TextReport.rate(figure * line.factor()) + line.unit()));
            }
        }
        for (MetricRange range : others(metrics, model)) {
            out.printf(
                    Locale.ROOT,
                    "    %s%s: min %s, avg %s, max %s%n",
                    title(range),
                    range.counter() ? " a second" : "",
                    TextReport.rate(range.least()),
                    TextReport.rate(range.mean()),
                    TextReport.rate(range.most()));
        }
        out.println();
    }

    /** Those of the machine and of the model under load; of other models, and what never was but 0, nobody asked. */
    static List<MetricRange> others(List<MetricRange> metrics, String model) {
        return metrics.stream()
                .filter(range -> GPU.stream().noneMatch(line -> line.metric().equals(range.name())))
                .filter(range ->
                        range.label("model").isEmpty() || range.label("model").equals(model))
                .filter(range -> range.least() != 0 || range.most() != 0)
                .toList();
    }

    /** The name with those labels that are not the model's. */
    static String title(MetricRange range) {
        String labels = new TreeMap<>(range.labels())
                .entrySet().stream()
                        .filter(label -> !label.getKey().equals("model")
                                && !label.getKey().equals("version"))
                        .map(label -> label.getKey() + "=" + label.getValue())
                        .collect(Collectors.joining(","));
        return range.name() + (labels.isEmpty() ? "" : "{" + labels + "}");
    }
}
