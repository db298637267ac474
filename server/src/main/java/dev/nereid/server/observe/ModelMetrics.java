package dev.nereid.server.observe;

import dev.nereid.server.protocol.ClientNames;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What the metrics say of one model version.
 *
 * @param namespace a label of its own; empty for none
 * @param gpu the UUID of the one GPU that all its instances are on
 * @param tags labels from the model's config; shown with a leading underscore
 * @param loadSeconds how long the latest load took
 * @param own what its backend counts
 */
public record ModelMetrics(
        String namespace,
        String model,
        String version,
        Optional<String> gpu,
        Map<String, String> tags,
        StatisticsSnapshot statistics,
        double loadSeconds,
        List<Own> own) {
    /** A counter of the model's backend. */
    public record Own(String name, String help, long value) {
        public Own {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(help, "help");
        }
    }

    public ModelMetrics {
        Objects.requireNonNull(namespace, "namespace");
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(gpu, "gpu");
        Objects.requireNonNull(statistics, "statistics");
        tags = ClientNames.copyOf(tags);
        own = List.copyOf(own);
    }
}
