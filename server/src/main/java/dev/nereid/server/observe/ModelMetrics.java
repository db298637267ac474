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
 * @param batchDelayNanos the longest time that requests wait on purpose, for a batch to become larger
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
        long batchDelayNanos,
        double loadSeconds,
        List<Own> own) {
    /** A counter of the model's backend. */
    public record Own(String name, String help, long value) {
        public Own {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(help, "help");
        }
    }

    /** Tells it from all others of the server. */
    public String key() {
        return namespace + '\n' + model + '\n' + version;
    }

    /** What its utilization is made of. */
    public Utilization.Load load() {
        return Utilization.Load.of(statistics, batchDelayNanos);
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
