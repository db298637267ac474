package dev.nereid.server.repository;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The signatures of a version beside the one that is called when a request names none. Each is a model of its own, which counts
 * into the statistics of the version and lives as long as it. Any thread.
 *
 * @param models those that can be called
 * @param failures why others cannot be, by their names
 */
record FurtherSignatures(List<Model> models, Map<String, String> failures) {
    static final FurtherSignatures NONE = new FurtherSignatures(List.of(), Map.of());

    FurtherSignatures {
        models = List.copyOf(models);
        failures = Map.copyOf(failures);
    }

    /** What answers calls of a signature. */
    Optional<Model> find(String name) {
        return models.stream()
                .filter(model -> model.signatures().getFirst().name().equals(name))
                .findFirst();
    }
}
