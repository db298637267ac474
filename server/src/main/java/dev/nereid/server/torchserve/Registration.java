package dev.nereid.server.torchserve;

import dev.nereid.server.torchserve.TorchServeException.Kind;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a request to register a model says.
 *
 * @param url where the archive is
 * @param name instead of the manifest's
 * @param handler instead of the manifest's
 */
public record Registration(
        String url,
        Optional<String> name,
        Optional<String> handler,
        OptionalInt batchSize,
        OptionalInt maxBatchDelayMillis,
        OptionalInt initialWorkers,
        OptionalInt responseTimeoutSeconds,
        OptionalInt startupTimeoutSeconds,
        boolean synchronous) {
    public Registration {
        Objects.requireNonNull(url, "url");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(handler, "handler");
        least("batch_size", batchSize, 1);
        least("max_batch_delay", maxBatchDelayMillis, 0);
        least("initial_workers", initialWorkers, 0);
        least("response_timeout", responseTimeoutSeconds, 1);
        least("startup_timeout", startupTimeoutSeconds, 1);
    }

    private static void least(String parameter, OptionalInt value, int least) {
        if (value.isPresent() && value.getAsInt() < least) {
            throw new TorchServeException(
                    Kind.BAD_REQUEST, parameter + ": expected a number from " + least + " on, got " + value.getAsInt());
        }
    }

    /** An archive with everything else left to its config. */
    static Registration of(String url, Optional<String> name) {
        return new Registration(
                url,
                name,
                Optional.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                true);
    }

    /** The settings that it says. */
    ModelSettings settings() {
        ModelSettings settings = ModelSettings.of(url);
        settings = batchSize.isPresent() ? settings.with("batchSize", batchSize.getAsInt()) : settings;
        settings = maxBatchDelayMillis.isPresent()
                ? settings.with("maxBatchDelay", maxBatchDelayMillis.getAsInt())
                : settings;
        settings = responseTimeoutSeconds.isPresent()
                ? settings.with("responseTimeout", responseTimeoutSeconds.getAsInt())
                : settings;
        settings = startupTimeoutSeconds.isPresent()
                ? settings.with("startupTimeout", startupTimeoutSeconds.getAsInt())
                : settings;
        return initialWorkers.isPresent() ? settings.with("minWorkers", initialWorkers.getAsInt()) : settings;
    }
}
