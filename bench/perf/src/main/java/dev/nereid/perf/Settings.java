package dev.nereid.perf;

import dev.nereid.perf.report.Experiment.Mode;
import dev.nereid.perf.report.SettingsText;
import java.util.Locale;
import java.util.Optional;

/** What the flags ask for, in words. */
final class Settings {
    private Settings() {}

    static String text(PerfOptions options, boolean decoupled) {
        return new SettingsText(
                        LevelRunner.settings(options),
                        options.kind,
                        options.kind.equals("triton") || options.batchIsGiven || options.batch > 1,
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

    /** The highest level of a range that names one; an empty text where it has no end. */
    private static Optional<String> limit(PerfOptions options) {
        if (!options.rate.contains(":") && !options.concurrency.contains(":")) {
            return Optional.empty();
        }
        if (!options.rate.isEmpty()) {
            LevelRange range = LevelRange.parse("--request-rate-range", options.rate);
            return Optional.of(
                    range.hasEnd()
                            ? String.format(
                                    Locale.ROOT, "Request Rate limit: %s requests per seconds", number(range.end()))
                            : "");
        }
        LevelRange range = LevelRange.whole("--concurrency-range", options.concurrency);
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
