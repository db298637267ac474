package dev.nereid.perf.report;

import dev.nereid.perf.measure.LevelResult;
import dev.nereid.perf.model.ModelStatistics;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** A table for each model that the one under load is composed of, in the columns of the main one. */
public final class ComposingCsv {
    /**
     * A file.
     *
     * @param prefix of its name: the model and its version
     */
    public record Table(String prefix, String text) {}

    private final Experiment experiment;

    private ComposingCsv(Experiment experiment) {
        this.experiment = experiment;
    }

    /** None for a model that is not composed. */
    public static List<Table> tables(Experiment experiment) {
        if (experiment.counting().isEmpty()) {
            return List.of();
        }
        List<ModelStatistics> models = experiment.counting().getFirst().merged().server();
        ComposingCsv csv = new ComposingCsv(experiment);
        return models.stream()
                .skip(1)
                .map(model -> new Table(model.name() + "_v" + model.version(), csv.text(model)))
                .toList();
    }

    private String text(ModelStatistics model) {
        boolean cached = experiment.setup().model().cached();
        StringBuilder text = new StringBuilder(experiment.setup().levelName())
                .append(",Inferences/Second,Client Send,Network+Server Send/Recv,Server Queue,Server Compute Input,"
                        + "Server Compute Infer,Server Compute Output,")
                .append(cached ? "Server Cache Hit,Server Cache Miss," : "")
                .append("Client Recv\n");
        experiment.counting().stream()
                .sorted(Comparator.comparingDouble(result -> result.summary().throughput()))
                .forEach(result -> of(result, model)
                        .ifPresent(now -> text.append(row(result, now, cached)).append('\n')));
        return text.toString();
    }

    private static Optional<ModelStatistics> of(LevelResult result, ModelStatistics model) {
        return result.merged().server().stream()
                .skip(1)
                .filter(now -> now.name().equals(model.name()) && now.version().equals(model.version()))
                .findFirst();
    }

    /** Its throughput is the whole's, by the share of requests that came to it. */
    private String row(LevelResult result, ModelStatistics model, boolean cached) {
        long whole = result.merged().server().getFirst().success().count();
        double share = whole == 0 ? 0 : (double) model.success().count() / whole;
        List<String> cells = new ArrayList<>(List.of(
                experiment.setup().levelText(result.level()),
                TextReport.rate(share * result.summary().throughput()),
                "0",
                String.valueOf(Math.max(
                        0,
                        model.overheadMicros()
                                - model.cacheHit().averageMicros()
                                - model.cacheMiss().averageMicros())),
                String.valueOf(model.queue().averageMicros()),
                String.valueOf(model.computeInput().averageMicros()),
                String.valueOf(model.computeInfer().averageMicros()),
                String.valueOf(model.computeOutput().averageMicros())));
        if (cached) {
            cells.add(String.valueOf(model.cacheHit().averageMicros()));
            cells.add(String.valueOf(model.cacheMiss().averageMicros()));
        }
        cells.add("0");
        return String.join(",", cells);
    }
}
