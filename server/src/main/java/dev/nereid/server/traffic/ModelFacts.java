package dev.nereid.server.traffic;

import java.util.Set;

/**
 * What a traffic document is checked against.
 *
 * @param versions the numbers of the versions that are ready
 */
public record ModelFacts(Set<Long> versions) {
    public ModelFacts {
        versions = Set.copyOf(versions);
    }
}
