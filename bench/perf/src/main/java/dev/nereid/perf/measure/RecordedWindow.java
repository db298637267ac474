package dev.nereid.perf.measure;

import dev.nereid.perf.client.Failure;
import dev.nereid.perf.model.ModelStatistics;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Merges what a recorder gave in several drains. For one thread. */
final class RecordedWindow {
    private final Samples samples;
    private final Map<Failure.Kind, Long> failures = new EnumMap<>(Failure.Kind.class);
    private String firstFailure = "";

    /** Adds to {@code samples}. */
    RecordedWindow(Samples samples) {
        this.samples = samples;
    }

    /** Takes a drain in; whether there was anything in it. */
    boolean take(Recorder.Drained drained) {
        samples.addAll(drained.samples());
        drained.failures().forEach((kind, count) -> failures.merge(kind, count, Long::sum));
        firstFailure = firstFailure.isEmpty() ? drained.firstFailure() : firstFailure;
        return drained.samples().size() > 0 || !drained.failures().isEmpty();
    }

    Samples samples() {
        return samples;
    }

    boolean hasFailures() {
        return !failures.isEmpty();
    }

    long failed() {
        return failures.values().stream().mapToLong(Long::longValue).sum();
    }

    /** A window with {@code inside} of the samples and all of the failures. */
    MeasurementWindow window(long from, long to, Samples inside, List<ModelStatistics> server, GeneratorUsage usage) {
        return new MeasurementWindow(from, to, inside, failures, firstFailure, server, usage);
    }
}
