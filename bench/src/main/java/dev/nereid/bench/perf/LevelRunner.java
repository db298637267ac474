package dev.nereid.bench.perf;

import dev.nereid.bench.perf.load.ClosedLoop;
import dev.nereid.bench.perf.load.Load;
import dev.nereid.bench.perf.load.OpenLoop;
import dev.nereid.bench.perf.load.RequestSource;
import dev.nereid.bench.perf.load.Schedule;
import dev.nereid.bench.perf.measure.LevelResult;
import dev.nereid.bench.perf.measure.MeasureSettings;
import dev.nereid.bench.perf.measure.Measurement;
import dev.nereid.bench.perf.measure.Recorder;
import dev.nereid.bench.perf.measure.ServerCounts;
import dev.nereid.bench.perf.measure.Summary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/** Runs a load at one level and measures it. */
final class LevelRunner {
    private static final int MOST_UNDER_WAY = 4096;
    private static final double NANOS_A_MICRO = 1e3;

    private final PerfOptions options;
    private final Target target;
    private final RequestSource source;
    private final boolean hasServer;

    LevelRunner(PerfOptions options, Target target, RequestSource source, boolean hasServer) {
        this.options = options;
        this.target = target;
        this.source = source;
        this.hasServer = hasServer;
    }

    /**
     * Measures one level as the flags ask for it.
     *
     * @param progress hears of each window
     */
    LevelResult run(double level, BiConsumer<Integer, Summary> progress) throws IOException {
        Recorder recorder = new Recorder();
        if (options.warmup > 0) {
            toEnd(recorder, level, options.warmup, new ServerCounts(target.api(), List.of(), ""));
        }
        if (options.requestCount > 0) {
            return toEnd(recorder, level, options.requestCount, counts());
        }
        Load load = load(recorder, level, 0);
        load.start();
        try {
            return new Measurement(settings(options), recorder, counts(), progress).run(level);
        } finally {
            load.stop();
        }
    }

    /** Sends exactly {@code requests} at {@code level} and measures them all. */
    LevelResult exactly(double level, long requests) throws IOException {
        return toEnd(new Recorder(), level, requests, new ServerCounts(target.api(), List.of(), ""));
    }

    private LevelResult toEnd(Recorder recorder, double level, long requests, ServerCounts counts) throws IOException {
        Load load = load(recorder, level, requests);
        load.start();
        try {
            return new Measurement(settings(options), recorder, counts, (_, _) -> {})
                    .runToEnd(level, load::isExhausted);
        } finally {
            load.stop();
        }
    }

    private Load load(Recorder recorder, double level, long requests) throws IOException {
        if (!options.isByRate()) {
            return new ClosedLoop(target.transport(), source, recorder, (int) level, requests);
        }
        int slots = target.model().sequences() ? options.sequences : 1;
        return new OpenLoop(
                target.transport(),
                source,
                recorder,
                schedule(level),
                new OpenLoop.Bounds(slots, MOST_UNDER_WAY, requests));
    }

    private Schedule schedule(double rate) throws IOException {
        if (!options.intervals.isEmpty()) {
            return Schedule.repeated(gaps(Path.of(options.intervals)));
        }
        return options.distribution.equals("poisson") ? Schedule.poisson(rate, options.seed) : Schedule.constant(rate);
    }

    /** Gaps of a file in nanoseconds. */
    static List<Long> gaps(Path file) throws IOException {
        List<Long> gaps = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.isBlank()) {
                try {
                    gaps.add(Math.round(Double.parseDouble(line.strip()) * NANOS_A_MICRO));
                } catch (NumberFormatException e) {
                    throw new IllegalArgumentException(
                            "'" + file + "': expected microseconds in each line, got '" + line + "'", e);
                }
            }
        }
        if (gaps.isEmpty()) {
            throw new IllegalArgumentException("'" + file + "': expected at least one line");
        }
        return gaps;
    }

    private ServerCounts counts() {
        List<String> models = new ArrayList<>();
        if (hasServer) {
            models.add(target.model().name());
            target.model().steps().stream().distinct().forEach(models::add);
        }
        return new ServerCounts(target.api(), models, options.version);
    }

    /** How the flags ask for a level to be measured. */
    static MeasureSettings settings(PerfOptions options) {
        return new MeasureSettings(
                options.mode.equals("count_windows"),
                options.interval,
                options.windowCount,
                options.stability,
                options.maxTrials,
                options.percentile,
                Math.round(options.latencyLimit * 1000),
                options.batch,
                options.async || options.isByRate());
    }
}
