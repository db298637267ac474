package dev.nereid.perf.measure;

import dev.nereid.perf.client.Failure;
import dev.nereid.perf.model.ModelStatistics;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * One measurement window of a load, and the requests that ended in it.
 *
 * @param from begin, in nanoseconds of {@link System#nanoTime}
 * @param to end
 * @param failures requests that ended without a result
 * @param server what the server counted meanwhile, a version of a model each; empty where it does not count
 * @param usage what the generator did meanwhile
 */
public record MeasurementWindow(
        long from,
        long to,
        Samples samples,
        Map<Failure.Kind, Long> failures,
        String firstFailure,
        List<ModelStatistics> server,
        GeneratorUsage usage) {

    public long nanos() {
        return to - from;
    }

    /** How many requests ended without a result. */
    public long failed() {
        return failures.values().stream().mapToLong(Long::longValue).sum();
    }

    /** All windows as one: their requests, failures and counts together. */
    public static MeasurementWindow merged(List<MeasurementWindow> windows) {
        Samples samples = new Samples();
        Map<Failure.Kind, Long> failures = new EnumMap<>(Failure.Kind.class);
        List<ModelStatistics> server = new ArrayList<>();
        String firstFailure = "";
        long nanos = 0;
        GeneratorUsage usage = GeneratorUsage.NONE;
        for (MeasurementWindow window : windows) {
            samples.addAll(window.samples());
            window.failures().forEach((kind, count) -> failures.merge(kind, count, Long::sum));
            firstFailure = firstFailure.isEmpty() ? window.firstFailure() : firstFailure;
            nanos += window.nanos();
            usage = usage.plus(window.usage());
            window.server().forEach(statistics -> add(server, statistics));
        }
        return new MeasurementWindow(0, nanos, samples, failures, firstFailure, server, usage);
    }

    private static void add(List<ModelStatistics> all, ModelStatistics statistics) {
        for (int i = 0; i < all.size(); i++) {
            ModelStatistics there = all.get(i);
            if (there.name().equals(statistics.name()) && there.version().equals(statistics.version())) {
                all.set(i, there.plus(statistics));
                return;
            }
        }
        all.add(statistics);
    }
}
