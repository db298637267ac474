package dev.nereid.bench.perf.measure;

import dev.nereid.bench.perf.client.Failure;
import dev.nereid.bench.perf.measure.LevelResult.Verdict;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

/**
 * Measures a load that is going on: window after window, without a gap, until the last {@value #STABLE_WINDOWS} agree or
 * there were too many. The result is made of the last {@value #STABLE_WINDOWS}.
 */
public final class Measurement {
    private static final int STABLE_WINDOWS = 3;

    /** A window is longer than its name says, so that counts read at its edges are surely inside. */
    private static final double STRETCH = 1.2;

    private static final long POLL_MILLIS = 1000;
    private static final long SHORT_POLL_MILLIS = 5;

    /** A load that ends by itself is given up when nothing of it has ended for so long. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final MeasureSettings settings;
    private final Recorder recorder;
    private final ServerCounts server;
    private final BiConsumer<Integer, Summary> progress;
    private Samples carried = new Samples();

    /** @param progress hears of each window: its number from 1 on, and its summary */
    public Measurement(
            MeasureSettings settings, Recorder recorder, ServerCounts server, BiConsumer<Integer, Summary> progress) {
        this.settings = settings;
        this.recorder = recorder;
        this.server = server;
        this.progress = progress;
    }

    /** Measures a load that goes on as long as it is asked to. */
    public LevelResult run(double level) {
        List<Window> windows = new ArrayList<>();
        List<Summary> summaries = new ArrayList<>();
        recorder.drain();
        server.reset();
        long from = System.nanoTime();
        Verdict verdict = Verdict.UNSTABLE;
        while (windows.size() < settings.maxTrials() && verdict == Verdict.UNSTABLE) {
            Window window = window(from);
            from = window.to();
            windows.add(window);
            Summary summary = summary(window);
            summaries.add(summary);
            progress.accept(windows.size(), summary);
            verdict = verdict(summaries);
        }
        if (verdict == Verdict.UNSTABLE && settings.throughputOnly() && throughputIsStable(last(summaries))) {
            verdict = Verdict.LATENCY_UNSTABLE;
        }
        return result(level, verdict, windows);
    }

    /** Measures a load that ends by itself, or is stuck: one window, however it went. */
    public LevelResult runToEnd(double level, BooleanSupplier ended) {
        server.reset();
        Samples samples = new Samples();
        Map<Failure.Kind, Long> failures = new EnumMap<>(Failure.Kind.class);
        String firstFailure = "";
        long lastSign = System.nanoTime();
        boolean over;
        do {
            sleep(SHORT_POLL_MILLIS);
            over = ended.getAsBoolean() || System.nanoTime() - lastSign > PATIENCE_NANOS;
            Recorder.Drained drained = recorder.drain();
            samples.addAll(drained.samples());
            drained.failures().forEach((kind, count) -> failures.merge(kind, count, Long::sum));
            firstFailure = firstFailure.isEmpty() ? drained.firstFailure() : firstFailure;
            if (drained.samples().size() > 0 || !drained.failures().isEmpty()) {
                lastSign = System.nanoTime();
            }
        } while (!over);
        long from = Long.MAX_VALUE;
        long to = Long.MIN_VALUE;
        for (int i = 0; i < samples.size(); i++) {
            from = Math.min(from, samples.start(i));
            to = Math.max(to, samples.end(i));
        }
        boolean silent = samples.size() == 0;
        Window window = new Window(silent ? 0 : from, silent ? 1 : to, samples, failures, firstFailure, server.next());
        return result(level, silent ? Verdict.SILENT : Verdict.STABLE, List.of(window));
    }

    private LevelResult result(double level, Verdict verdict, List<Window> windows) {
        Window merged = Window.merged(last(windows));
        return new LevelResult(
                level,
                merged.samples().size() == 0 ? Verdict.SILENT : verdict,
                summary(merged),
                merged,
                List.copyOf(windows));
    }

    private Summary summary(Window window) {
        return Summary.of(window.samples(), settings.batch(), settings.percentile(), window.nanos());
    }

    private Window window(long from) {
        Samples all = carried;
        Map<Failure.Kind, Long> failures = new EnumMap<>(Failure.Kind.class);
        String firstFailure = "";
        long until = from + TimeUnit.MILLISECONDS.toNanos(Math.round(settings.intervalMillis() * STRETCH));
        do {
            sleep(
                    settings.countWindows()
                            ? POLL_MILLIS
                            : Math.max(1, TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime())));
            Recorder.Drained drained = recorder.drain();
            all.addAll(drained.samples());
            drained.failures().forEach((kind, count) -> failures.merge(kind, count, Long::sum));
            firstFailure = firstFailure.isEmpty() ? drained.firstFailure() : firstFailure;
        } while (settings.countWindows() && all.size() < settings.requestCount() && failures.isEmpty());
        long to = System.nanoTime();
        Samples inside = new Samples();
        carried = new Samples();
        for (int i = 0; i < all.size(); i++) {
            if (all.end(i) >= from) {
                (all.end(i) <= to ? inside : carried).add(all, i);
            }
        }
        return new Window(from, to, inside, failures, firstFailure, server.next());
    }

    private Verdict verdict(List<Summary> summaries) {
        if (summaries.size() < STABLE_WINDOWS) {
            return Verdict.UNSTABLE;
        }
        List<Summary> last = last(summaries);
        long limit = settings.latencyLimitMicros();
        if (limit > 0 && last.stream().anyMatch(summary -> summary.judged(settings.percentile()) >= limit)) {
            return Verdict.OVER_LIMIT;
        }
        boolean latency = isStable(last.stream()
                .map(summary -> (double) summary.judged(settings.percentile()))
                .toList());
        return latency && throughputIsStable(last) ? Verdict.STABLE : Verdict.UNSTABLE;
    }

    private boolean throughputIsStable(List<Summary> last) {
        return last.size() == STABLE_WINDOWS
                && isStable(last.stream().map(Summary::throughput).toList());
    }

    private boolean isStable(List<Double> values) {
        double least = values.stream().mapToDouble(Double::doubleValue).min().orElse(0);
        double most = values.stream().mapToDouble(Double::doubleValue).max().orElse(0);
        return least > 0 && most / least <= 1 + settings.stability() / 100;
    }

    private static <T> List<T> last(List<T> all) {
        return all.subList(Math.max(0, all.size() - STABLE_WINDOWS), all.size());
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring");
        }
    }
}
