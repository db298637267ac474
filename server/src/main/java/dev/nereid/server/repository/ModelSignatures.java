package dev.nereid.server.repository;

import dev.nereid.server.repository.validation.ModelSignature;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The ways to call one version of a model. Each but the first is a model of its own, which counts into the statistics of the
 * version and lives as long as it. Any thread.
 *
 * @param all those that can be called; the first is the version's own, called when a request names none
 * @param models those of all but the first, in the same order
 * @param failures why others cannot be called, by their names
 */
record ModelSignatures(List<ModelSignature> all, List<Model> models, Map<String, String> failures) {
    ModelSignatures {
        all = List.copyOf(all);
        models = List.copyOf(models);
        failures = Map.copyOf(failures);
        if (all.size() != models.size() + 1) {
            throw new IllegalArgumentException(
                    "expected one signature more than models, got " + all.size() + " and " + models.size());
        }
    }

    /** Of a model that can be called in one way. */
    static ModelSignatures only(ModelSignature own) {
        return new ModelSignatures(List.of(own), List.of(), Map.of());
    }

    ModelSignature own() {
        return all.getFirst();
    }

    /**
     * The signature of a name.
     *
     * @param name empty for {@link ModelSignature#DEFAULT}, or whatever the only one is called
     */
    Optional<ModelSignature> find(String name) {
        if (name.isEmpty() && models.isEmpty()) {
            return Optional.of(own());
        }
        int index = index(wanted(name));
        return index < 0 ? Optional.empty() : Optional.of(all.get(index));
    }

    /** The model of a signature that is not the version's own. */
    Optional<Model> model(String name) {
        int index = index(name);
        return index < 1 ? Optional.empty() : Optional.of(models.get(index - 1));
    }

    /** Why a signature of the model's files cannot be called; empty for others. */
    Optional<String> failure(String name) {
        return Optional.ofNullable(failures.get(wanted(name)));
    }

    private static String wanted(String name) {
        return name.isEmpty() ? ModelSignature.DEFAULT : name;
    }

    private int index(String name) {
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }
}
