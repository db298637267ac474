package dev.nereid.server.access;

import java.util.Objects;
import java.util.Set;

/**
 * Who asks.
 *
 * @param id of an API key's owner, or what a certificate names
 * @param groups that rules are for; a certificate is in none
 */
public record Principal(String id, Set<String> groups) {
    /** The group of whoever shows nothing, and of nobody else. */
    static final String ANONYMOUS_GROUP = "anonymous";

    /** Whoever shows nothing. */
    static final Principal ANONYMOUS = new Principal(ANONYMOUS_GROUP, Set.of(ANONYMOUS_GROUP));

    public Principal {
        Objects.requireNonNull(id, "id");
        groups = Set.copyOf(groups);
    }

    boolean isAnonymous() {
        return equals(ANONYMOUS);
    }
}
