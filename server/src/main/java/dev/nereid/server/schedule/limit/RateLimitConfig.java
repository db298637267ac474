package dev.nereid.server.schedule.limit;

import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * What the command line says of the rate limiter.
 *
 * @param executionCount whether there is one; without it, settings of models are ignored
 * @param resources what there is; where nothing is said, of each resource what the most demanding instance asks for
 */
public record RateLimitConfig(boolean executionCount, List<Available> resources) {
    /** No rate limiter. */
    public static final RateLimitConfig OFF = new RateLimitConfig(false, List.of());

    public RateLimitConfig {
        resources = List.copyOf(resources);
    }

    /**
     * How much there is of a resource.
     *
     * @param device where; empty for each device, or for the server where the resource is global
     */
    public record Available(String name, long count, OptionalInt device) {
        public Available {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(device, "device");
        }
    }
}
