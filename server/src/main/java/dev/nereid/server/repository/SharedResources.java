package dev.nereid.server.repository;

import dev.nereid.server.cache.ResponseCache;
import dev.nereid.server.schedule.limit.RateLimiter;
import java.util.Objects;
import java.util.Optional;

/**
 * What the models of a repository share. Belongs to who starts the repository, and outlives it.
 *
 * @param cache where models that allow it keep their answers; empty where none does
 * @param limiter gives instances their turns
 */
public record SharedResources(Optional<ResponseCache> cache, RateLimiter limiter) {
    /** No cache and no limiter. */
    public static final SharedResources NONE = new SharedResources(Optional.empty(), RateLimiter.OFF);

    public SharedResources {
        Objects.requireNonNull(cache, "cache");
        Objects.requireNonNull(limiter, "limiter");
    }
}
