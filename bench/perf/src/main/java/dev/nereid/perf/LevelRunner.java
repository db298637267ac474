package dev.nereid.perf;

import dev.nereid.perf.client.Transport;
import dev.nereid.perf.load.ClosedLoop;
import dev.nereid.perf.load.LastRequests;
import dev.nereid.perf.load.Load;
import dev.nereid.perf.load.OpenLoop;
import dev.nereid.perf.load.PeriodicLoop;
import dev.nereid.perf.load.RequestSource;
import dev.nereid.perf.load.Schedule;
import dev.nereid.perf.load.SessionLoop;
import dev.nereid.perf.measure.AnswerLog;
import dev.nereid.perf.measure.LevelResult;
import dev.nereid.perf.measure.MeasureSettings;
import dev.nereid.perf.measure.Measurement;
import dev.nereid.perf.measure.MeasurementListener;
import dev.nereid.perf.measure.MeasurementWindow;
import dev.nereid.perf.measure.Recorder;
import dev.nereid.perf.measure.RequestListener;
import dev.nereid.perf.measure.ServerCounts;
import dev.nereid.perf.model.ModelReference;
import dev.nereid.perf.report.AnswerReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs a load at one level and measures it. */
final class LevelRunner {
    private static final int MOST_UNDER_WAY = 4096;
    private static final double NANOS_A_MICRO = 1e3;

    /** How long answers that are still due are waited for; a load that is stuck has had its patience already. */
    private static final long PATIENCE_SECONDS = 60;

    private static final long PATIENCE_AT_END_SECONDS = 1;

    private final PerfOptions options;
    private final Target target;
    private final Requests requests;
    private final RequestSource source;
    private final List<ModelReference> counted;
    private final Optional<AnswerLog> answers;

    /**
     * A runner of levels.
     *
     * @param counted the models whose statistics are read, the one under load first; empty for none
     * @param answers where answers are stored; empty if nobody wants them
     */
    LevelRunner(
            PerfOptions options,
            Target target,
            Requests requests,
            List<ModelReference> counted,
            Optional<AnswerLog> answers) {
        this.options = options;
        this.target = target;
        this.requests = requests;
        this.source = requests.source(target.transport());
        this.counted = counted;
        this.answers = answers;
    }

    /** Measures one level as the flags ask for it. */
    LevelResult run(double level, MeasurementListener listener) throws IOException {
        warmUp(level, listener);
        Recorder recorder = recorder();
        if (options.isFinite()) {
            return toEnd(load(recorder, level, options.requestCount), recorder, level, counts(), listener);
        }
        Load load = load(recorder, level, 0);
        load.start();
        try {
            return new Measurement(settings(options), recorder, counts(), load::sent, listener).run(level);
        } finally {
            load.stop(PATIENCE_SECONDS);
            LastRequests.send(source, target.transport());
        }
    }

    /**
     * Sends the requests before a level that do not count.
     *
     * @param listener is asked whether there shall be more, and hears nothing
     */
    void warmUp(double level, MeasurementListener listener) throws IOException {
        if (options.warmup > 0) {
            Recorder recorder = new Recorder();
            Load load = options.isByRate() && !options.fixedSchedule
                    ? openLoop(source, recorder, schedule(level), options.warmup)
                    : new ClosedLoop(target.transport(), source, recorder, (int) Math.max(1, level), options.warmup);
            MeasurementListener silent = new MeasurementListener() {
                @Override
                public boolean wantsMore() {
                    return listener.wantsMore();
                }
            };
            toEnd(load, recorder, level, ServerCounts.none(), silent);
        }
    }

    /** One window of a load that is stopped again. */
    MeasurementWindow window(double level, long settleMillis, int number, MeasurementListener listener)
            throws IOException {
        Recorder recorder = recorder();
        Load load = load(recorder, level, 0);
        load.start();
        try {
            return new Measurement(settings(options), recorder, ServerCounts.none(), load::sent, listener)
                    .once(settleMillis, number);
        } finally {
            load.stop(PATIENCE_SECONDS);
            LastRequests.send(source, target.transport());
        }
    }

    /** Sends exactly {@code requests} at {@code level} and measures them all. */
    LevelResult exactly(double level, long requests, MeasurementListener listener) throws IOException {
        warmUp(level, listener);
        Recorder recorder = recorder();
        return toEnd(load(recorder, level, requests), recorder, level, counts(), listener);
    }

    /** Reads the answers that were stored. */
    AnswerReader answers() {
        Transport transport = target.transport();
        return answers.<AnswerReader>map(log -> place ->
                        log.read(place).stream().map(transport::outputs).toList())
                .orElse(AnswerReader.NONE);
    }

    private Recorder recorder() {
        return new Recorder(options.isVeryVerbose() ? new RequestLines(System.err) : RequestListener.NONE, answers);
    }

    private LevelResult measured(Load load, Measurement measurement, double level) {
        measurement.begin();
        load.start();
        try {
            return measurement.runToEnd(level, load::isExhausted);
        } finally {
            load.stop(PATIENCE_AT_END_SECONDS);
            LastRequests.send(source, target.transport());
        }
    }

    private LevelResult toEnd(
            Load load, Recorder recorder, double level, ServerCounts counts, MeasurementListener listener) {
        return measured(load, new Measurement(settings(options), recorder, counts, load::sent, listener), level);
    }

    private Load load(Recorder recorder, double level, long number) throws IOException {
        if (!options.periodic.isEmpty()) {
            LevelRange range = LevelRange.whole("--periodic-concurrency-range", options.periodic);
            PeriodicLoop.Growth growth = new PeriodicLoop.Growth(
                    (int) range.start(), (int) range.step(), (int) range.end(), options.requestPeriod);
            return new PeriodicLoop(target.transport(), source, recorder, growth);
        }
        if (options.sessions > 0) {
            return new SessionLoop(
                    target.transport(), recorder, requests.sessions(target.transport()), options.sessions);
        }
        if (options.fixedSchedule) {
            List<Long> times = requests.times();
            // Its own source: it begins with the first entry, whatever was sent before.
            return openLoop(requests.source(target.transport()), recorder, Schedule.at(times), times.size());
        }
        return options.isByRate()
                ? openLoop(source, recorder, schedule(level), number)
                : new ClosedLoop(target.transport(), source, recorder, (int) level, number);
    }

    private Load openLoop(RequestSource from, Recorder recorder, Schedule schedule, long number) {
        boolean sequences = target.model().sequences();
        return new OpenLoop(
                target.transport(),
                from,
                recorder,
                schedule,
                new OpenLoop.Bounds(
                        sequences ? options.sequences : 1, sequences && options.serial, MOST_UNDER_WAY, number));
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
        return new ServerCounts(target.api(), counted);
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
                options.async || options.isByRate(),
                Math.min(options.maxThreads, Runtime.getRuntime().availableProcessors()));
    }
}
