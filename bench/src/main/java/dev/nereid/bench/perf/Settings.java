package dev.nereid.bench.perf;

import dev.nereid.bench.perf.report.Experiment.Mode;
import dev.nereid.bench.perf.report.SettingsText;
import java.util.Locale;
import java.util.Optional;

/** What the flags ask for, in words. */
final class Settings {
    private Settings() {}

    static String text(PerfOptions options, boolean decoupled) {
        return new SettingsText(
                        LevelRunner.settings(options),
                        options.kind,
                        options.warmup,
                        options.requestCount,
                        limit(options),
                        Modes.of(options) == Mode.RATE && options.intervals.isEmpty()
                                ? Optional.of(options.distribution)
                                : Optional.empty(),
                        options.binarySearch,
                        options.async,
                        decoupled)
                .text();
    }

    /** The highest level; an empty text where a range has no end. */
    private static Optional<String> limit(PerfOptions options) {
        if (!options.rate.isEmpty()) {
            Range range = Range.parse("--request-rate-range", options.rate);
            return Optional.of(
                    range.hasEnd()
                            ? String.format(
                                    Locale.ROOT, "Request Rate limit: %s requests per seconds", number(range.end()))
                            : "");
        }
        if (options.concurrency.isEmpty()) {
            return Optional.empty();
        }
        Range range = Range.parse("--concurrency-range", options.concurrency);
        if (range.end() == 1) {
            return Optional.empty();
        }
        return Optional.of(
                range.hasEnd()
                        ? String.format(Locale.ROOT, "Concurrency limit: %s concurrent requests", number(range.end()))
                        : "");
    }

    private static String number(double number) {
        return Double.toString(number).replaceAll("\\.0$", "");
    }
}
