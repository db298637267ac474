package dev.nereid.perf.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nereid.perf.model.ModelStatistics.Duration;
import java.util.ArrayList;
import java.util.List;

/** Reads an answer of the statistics extension. */
final class StatisticsReader {
    private StatisticsReader() {}

    /** One element a model and version. */
    static List<ModelStatistics> of(JsonNode answer) {
        List<ModelStatistics> all = new ArrayList<>();
        answer.path("model_stats").forEach(model -> {
            JsonNode times = model.path("inference_stats");
            all.add(new ModelStatistics(
                    model.path("name").asText(),
                    model.path("version").asText(),
                    model.path("inference_count").asLong(),
                    model.path("execution_count").asLong(),
                    duration(times, "success"),
                    duration(times, "queue"),
                    duration(times, "compute_input"),
                    duration(times, "compute_infer"),
                    duration(times, "compute_output"),
                    duration(times, "cache_hit"),
                    duration(times, "cache_miss")));
        });
        return all;
    }

    private static Duration duration(JsonNode times, String name) {
        JsonNode node = times.path(name);
        return new Duration(node.path("count").asLong(), node.path("ns").asLong());
    }
}
