package dev.nereid.server.observe;

import java.util.Map;
import java.util.Objects;

/**
 * What the metrics say of one model version.
 *
 * @param tags labels from the model's config; shown with a leading underscore
 * @param loadSeconds how long the latest load took
 */
public record ModelMetrics(
        String model, String version, Map<String, String> tags, StatisticsSnapshot statistics, double loadSeconds) {
    public ModelMetrics {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(statistics, "statistics");
        tags = Map.copyOf(tags);
    }
}
