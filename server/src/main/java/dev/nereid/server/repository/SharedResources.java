package dev.nereid.server.repository;

import dev.nereid.server.cache.ResponseCache;
import java.util.Objects;
import java.util.Optional;

/**
 * What the models of a repository share. Belongs to who starts the repository, and outlives it.
 *
 * @param cache where models that allow it keep their answers; empty where none does
 */
public record SharedResources(Optional<ResponseCache> cache) {
    /** Nothing. */
    public static final SharedResources NONE = new SharedResources(Optional.empty());

    public SharedResources {
        Objects.requireNonNull(cache, "cache");
    }
}
