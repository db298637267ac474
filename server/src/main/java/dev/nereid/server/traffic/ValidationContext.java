package dev.nereid.server.traffic;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What a traffic document is checked against.
 *
 * @param versions the numbers of the versions that are ready
 * @param outputs the names of its outputs
 * @param answersOnce whether each request has one response and stands for itself
 * @param mismatch why another model cannot stand in for this one; empty where it can, or is not there yet
 */
public record ValidationContext(
        Set<Long> versions, Set<String> outputs, boolean answersOnce, Function<String, Optional<String>> mismatch) {
    public ValidationContext {
        versions = Set.copyOf(versions);
        outputs = Set.copyOf(outputs);
        Objects.requireNonNull(mismatch, "mismatch");
    }
}
