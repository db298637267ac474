package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.cache.CachingScheduler;
import dev.nereid.server.cache.ResponseCache;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.repository.config.ConfigFields;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.Scheduler;
import dev.nereid.server.schedule.limit.RateLimiter;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

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

    /** Which fields of configs they give a meaning. */
    ConfigFields.Server fields() {
        return new ConfigFields.Server(cache.isPresent(), !limiter.equals(RateLimiter.OFF));
    }

    /**
     * The scheduler behind the response cache, where model and server both have it; else the scheduler itself.
     *
     * @param identity what the model's answers depend on beside the requests
     */
    Scheduler cached(
            Scheduler scheduler,
            ModelConfig config,
            Supplier<String> identity,
            ModelStatistics statistics,
            Clock clock) {
        if (!config.getResponseCache().getEnable() || cache.isEmpty()) {
            return scheduler;
        }
        boolean ordered = config.getDynamicBatching().getPreserveOrdering();
        return new CachingScheduler(scheduler, cache.get(), identity, statistics, clock, ordered);
    }
}
