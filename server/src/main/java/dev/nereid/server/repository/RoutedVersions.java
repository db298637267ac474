package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.traffic.ModelTraffic;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;

/**
 * The versions of a model as one decision of its traffic sees them.
 *
 * @param config of the version that was found
 */
record RoutedVersions(SortedMap<Long, ModelEntry.Version> versions, ModelConfig config)
        implements ModelTraffic.Versions {
    /** What Triton takes where a config does not say it. */
    private static final long DEFAULT_IDLE_MICROS = 1_000_000;

    /** A request that runs for long is no idle time; noting a sequence for longer does no harm. */
    private static final long MARGIN_NANOS = TimeUnit.MINUTES.toNanos(1);

    @Override
    public boolean isReady(long version) {
        ModelEntry.Version found = versions.get(version);
        return found != null && found.ready().isPresent();
    }

    @Override
    public boolean isSequential() {
        return config.hasSequenceBatching();
    }

    @Override
    public long sequenceIdleNanos() {
        long micros = config.getSequenceBatching().getMaxSequenceIdleMicroseconds(); // unsigned
        long nanos =
                micros < 0 ? Long.MAX_VALUE : TimeUnit.MICROSECONDS.toNanos(micros == 0 ? DEFAULT_IDLE_MICROS : micros);
        return Math.min(nanos, Long.MAX_VALUE - MARGIN_NANOS) + MARGIN_NANOS;
    }

    @Override
    public OptionalLong running(InferRequest.Header header) {
        return versions.values().stream()
                .flatMap(version -> version.ready().stream())
                .filter(model -> model.hasSequence(header.correlationId()))
                .mapToLong(Model::version)
                .max();
    }
}
