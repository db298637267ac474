package dev.nereid.server.traffic;

import java.util.Optional;
import java.util.Set;

/** What documents of tests are checked against. */
final class ValidationContexts {
    private ValidationContexts() {}

    /** Of a model with one output, for which any other model may stand in. */
    static ValidationContext of(Set<Long> versions) {
        return new ValidationContext(versions, Set.of("OUTPUT0"), true, _ -> Optional.empty());
    }
}
