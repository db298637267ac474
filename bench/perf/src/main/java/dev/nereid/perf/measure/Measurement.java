package dev.nereid.perf.measure;

import com.sun.management.OperatingSystemMXBean;
import dev.nereid.perf.measure.LevelResult.Verdict;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Measures a load that is going on: window after window, without a gap, until the last {@value #STABLE_WINDOWS} agree or
 * there were too many. The result is made of the last {@value #STABLE_WINDOWS}.
 */
public final class Measurement {
    private static final int STABLE_WINDOWS = 3;

    /** A window is longer than its name says, so that counts read at its edges are surely inside. */
    private static final double STRETCH = 1.2;

    private static final long POLL_MILLIS = 1000;
    private static final long TICK_MILLIS = 200;
    private static final long SHORT_POLL_MILLIS = 5;

    /** A load that ends by itself is given up when nothing of it has ended for so long. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private final MeasureSettings settings;
    private final Recorder recorder;
    private final ServerCounts server;
    private final LongSupplier sent;
    private final MeasurementListener listener;
    private Samples carried = new Samples();
    private GeneratorUsage usage = GeneratorUsage.NONE;

    /**
     * A measurement of one level.
     *
     * @param sent how many requests the load has sent
     */
    public Measurement(
            MeasureSettings settings,
            Recorder recorder,
            ServerCounts server,
            LongSupplier sent,
            MeasurementListener listener) {
        this.settings = settings;
        this.recorder = recorder;
        this.server = server;
        this.sent = sent;
        this.listener = listener;
    }

    /** Measures a load that goes on as long as it is asked to, one window at least. */
    public LevelResult run(double level) {
        List<MeasurementWindow> windows = new ArrayList<>();
        List<Summary> summaries = new ArrayList<>();
        begin();
        long from = System.nanoTime();
        Verdict verdict = Verdict.UNSTABLE;
        while (windows.size() < settings.maxTrials()
                && verdict == Verdict.UNSTABLE
                && (windows.isEmpty() || listener.wantsMore())) {
            MeasurementWindow window = window(from, windows.size() + 1);
            from = window.to();
            windows.add(window);
            Summary summary = summary(window);
            summaries.add(summary);
            listener.pass(windows.size(), summary);
            verdict = verdict(summaries);
        }
        if (verdict == Verdict.UNSTABLE && settings.throughputOnly() && throughputIsStable(last(summaries))) {
            verdict = Verdict.LATENCY_UNSTABLE;
        } else if (verdict == Verdict.UNSTABLE && !listener.wantsMore()) {
            verdict = Verdict.INTERRUPTED;
        }
        return result(level, verdict, windows);
    }

    /**
     * Measures one window of a load, after a time that does not count.
     *
     * @param number of the window, for those who watch
     */
    public MeasurementWindow once(long settleMillis, int number) {
        sleep(settleMillis);
        begin();
        return window(System.nanoTime(), number);
    }

    /** Begins to count anew: before a load that ends by itself, so that none of its requests is missed. */
    public void begin() {
        recorder.drain();
        server.reset();
        usage = usage();
    }

    /** Measures a load that ends by itself, is stuck or interrupted: one window since {@link #begin}, however it went. */
    public LevelResult runToEnd(double level, BooleanSupplier hasEnded) {
        RecordedWindow gathered = new RecordedWindow(new Samples());
        long start = System.nanoTime();
        long lastSign = start;
        long lastTick = start;
        boolean ended;
        boolean over;
        do {
            sleep(SHORT_POLL_MILLIS);
            ended = hasEnded.getAsBoolean();
            over = ended || !listener.wantsMore() || System.nanoTime() - lastSign > PATIENCE_NANOS;
            long now = System.nanoTime();
            if (gathered.take(recorder.drain())) {
                lastSign = now;
            }
            if (now - lastTick > TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS)) {
                lastTick = now;
                tick(1, 1, start, gathered);
            }
        } while (!over);
        Samples samples = gathered.samples();
        long from = Long.MAX_VALUE;
        long to = Long.MIN_VALUE;
        for (int i = 0; i < samples.size(); i++) {
            from = Math.min(from, samples.start(i));
            to = Math.max(to, samples.end(i));
        }
        boolean silent = samples.size() == 0;
        MeasurementWindow window =
                gathered.window(silent ? 0 : from, silent ? 1 : to, samples, server.next(), usage().minus(usage));
        boolean interrupted = !ended && !listener.wantsMore();
        return result(level, interrupted ? Verdict.INTERRUPTED : Verdict.STABLE, List.of(window));
    }

    private LevelResult result(double level, Verdict verdict, List<MeasurementWindow> windows) {
        MeasurementWindow merged = MeasurementWindow.merged(last(windows));
        return new LevelResult(
                level,
                merged.samples().size() == 0 ? Verdict.SILENT : verdict,
                summary(merged),
                merged,
                List.copyOf(windows),
                (double) merged.usage().cpuNanos() / merged.nanos() / settings.threads(),
                List.of());
    }

    /** What the requests of a window took. */
    public Summary summary(MeasurementWindow window) {
        return Summary.of(window.samples(), settings.batch(), settings.percentile(), window.nanos());
    }

    private MeasurementWindow window(long from, int number) {
        RecordedWindow gathered = new RecordedWindow(carried);
        long until = from + TimeUnit.MILLISECONDS.toNanos(Math.round(settings.intervalMillis() * STRETCH));
        do {
            long next =
                    settings.countWindows() ? System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(POLL_MILLIS) : until;
            for (long left = next - System.nanoTime(); left > 0; left = next - System.nanoTime()) {
                sleep(Math.clamp(TimeUnit.NANOSECONDS.toMillis(left), 1, TICK_MILLIS));
                gathered.take(recorder.drain());
                tick(number, settings.maxTrials(), from, gathered);
            }
        } while (settings.countWindows()
                && gathered.samples().size() < settings.requestCount()
                && !gathered.hasFailures());
        gathered.take(recorder.drain());
        long to = System.nanoTime();
        Samples all = gathered.samples();
        Samples inside = new Samples();
        carried = new Samples();
        for (int i = 0; i < all.size(); i++) {
            if (all.end(i) >= from) {
                (all.end(i) <= to ? inside : carried).add(all, i);
            }
        }
        GeneratorUsage now = usage();
        GeneratorUsage spent = now.minus(usage);
        usage = now;
        return gathered.window(from, to, inside, server.next(), spent);
    }

    private void tick(int number, int of, long from, RecordedWindow gathered) {
        listener.tick(new MeasurementListener.Status(
                number, of, System.nanoTime() - from, gathered.samples(), gathered.failed()));
    }

    private GeneratorUsage usage() {
        return new GeneratorUsage(sent.getAsLong(), SYSTEM.getProcessCpuTime());
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
