package dev.nereid.server.traffic;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What a traffic document is checked against.
 *
 * @param versions the numbers of the versions that are ready
 * @param mismatch why another model cannot stand in for this one; empty where it can, or is not there yet
 */
public record ModelFacts(Set<Long> versions, Function<String, Optional<String>> mismatch) {
    public ModelFacts {
        versions = Set.copyOf(versions);
        Objects.requireNonNull(mismatch, "mismatch");
    }

    /** Of a model for which any other may stand in. */
    static ModelFacts of(Set<Long> versions) {
        return new ModelFacts(versions, _ -> Optional.empty());
    }
}
