package dev.nereid.perf;

import java.io.IOException;
import java.nio.file.Path;

/** Which load levels are measured: a range step by step, or halved again and again. For one thread. */
final class LevelSearch {
    private final LevelRange range;
    private final boolean halving;
    private final boolean whole;
    private final boolean endsAtFirstMiss;
    private double low;
    private double high;
    private double next;
    private int measured;

    /** @param whole whether levels are whole numbers */
    private LevelSearch(LevelRange range, boolean halving, boolean whole, boolean endsAtFirstMiss) {
        this.range = range;
        this.halving = halving;
        this.whole = whole;
        this.endsAtFirstMiss = endsAtFirstMiss;
        this.low = range.start();
        this.high = range.end();
        this.next = range.start();
    }

    /** The search that the flags ask for. */
    static LevelSearch of(PerfOptions options) throws IOException {
        if (!options.intervals.isEmpty()) {
            double mean = LevelRunner.gaps(Path.of(options.intervals)).stream()
                    .mapToLong(Long::longValue)
                    .average()
                    .orElseThrow();
            double rate = 1e9 / Math.max(1, mean);
            return new LevelSearch(new LevelRange(rate, rate, 1), false, false, false);
        }
        if (options.isFinite() && options.requestCount == 0) {
            double level = options.sessions > 0 ? options.sessions : 1;
            if (!options.periodic.isEmpty()) {
                LevelRange periodic = LevelRange.whole("--periodic-concurrency-range", options.periodic);
                Checks.refuseIf(!periodic.hasEnd(), "--periodic-concurrency-range: expected a range with an end");
                level = periodic.end();
            }
            return new LevelSearch(new LevelRange(level, level, 1), false, true, false);
        }
        boolean byRate = options.isByRate();
        String flag = byRate ? "--request-rate-range" : "--concurrency-range";
        String text = byRate ? options.rate : options.concurrency;
        LevelRange range = text.isEmpty()
                ? new LevelRange(1, 1, 1)
                : byRate ? LevelRange.parse(flag, text) : LevelRange.whole(flag, text);
        if (!range.hasEnd() && options.latencyLimit <= 0) {
            throw new IllegalArgumentException(flag + ": a range without an end needs --latency-threshold");
        }
        if (options.binarySearch && !range.hasEnd()) {
            throw new IllegalArgumentException(flag + ": --binary-search needs a range with an end");
        }
        return new LevelSearch(range, options.binarySearch, !byRate, options.latencyLimit > 0);
    }

    boolean hasNext() {
        return next > 0;
    }

    /** The level to measure now; {@link #learned} comes before the next. */
    double next() {
        measured++;
        return next;
    }

    /** Whether there is one level in all. */
    boolean isSingle() {
        return range.start() == range.end();
    }

    /** Takes in whether the last level met the limit. */
    void learned(boolean met) {
        next = halving ? halved(met) : stepped(met);
    }

    private double stepped(boolean met) {
        double step = next + range.step();
        boolean within = !range.hasEnd() || step <= range.end() + 1e-9;
        return within && (met || !endsAtFirstMiss) ? step : 0;
    }

    /** The start must meet the limit and the end must miss it; then the interval is halved down to the step. */
    private double halved(boolean met) {
        if (measured == 1) {
            return met && !isSingle() ? high : 0;
        }
        if (measured == 2) {
            if (met) {
                return 0;
            }
        } else if (met) {
            low = next;
        } else {
            high = next;
        }
        double middle = (low + high) / 2;
        return high - low > range.step() ? (whole ? Math.floor(middle) : middle) : 0;
    }
}
