package dev.nereid.perf;

import dev.nereid.perf.measure.EarlyStopping;
import dev.nereid.perf.measure.LevelResult;
import dev.nereid.perf.measure.LevelResult.Verdict;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * The highest rate of Poisson arrivals at which enough requests are answered within a limit, counted from the time they
 * were to be sent: MLPerf's server scenario. The rate is doubled until a run fails, then the interval is halved.
 */
final class MaxRateSearch {
    /** Sends a number of requests at a rate and measures them all. */
    @FunctionalInterface
    interface Trial {
        LevelResult run(double rate, long requests) throws IOException;
    }

    private enum Outcome {
        MET,
        MISSED,
        /** Not enough requests were sent to tell. */
        INTERRUPTED
    }

    private static final double RESOLUTION = 1.03;
    private static final int MOST_DOUBLINGS = 24;

    /** A run is so many times as long as the limit: a queue that grows has to have the time to show. */
    private static final double LIMITS_A_RUN = 5;

    private final PerfOptions options;
    private final Trial trial;
    private final PrintStream out;
    private final Consumer<LevelResult> heard;
    private final Interrupts interrupts;

    /**
     * A search that has not begun.
     *
     * @param heard hears of each run but the first, with a verdict that says whether it met the limit
     * @param interrupts end it; what a run that was cut short says is no matter
     */
    MaxRateSearch(
            PerfOptions options, Trial trial, PrintStream out, Consumer<LevelResult> heard, Interrupts interrupts) {
        this.options = options;
        this.trial = trial;
        this.out = out;
        this.heard = heard;
        this.interrupts = interrupts;
    }

    /** Searches from the start of the rate range on, until it is interrupted; 0 where not even that is met. */
    double run(double start) throws IOException {
        out.printf(
                Locale.ROOT,
                "Searching the highest rate with %s %% of requests within %s msec from their scheduled time%n",
                options.goal.percentile,
                options.goal.millis);
        // Neither the server's nor this program's first requests say what they can do.
        trial.run(start, EarlyStopping.needed(0, options.goal.percentile));
        double low = 0;
        double high = start;
        Outcome last = Outcome.MET;
        for (int i = 0; i < MOST_DOUBLINGS && last == Outcome.MET; i++) {
            last = tried(high);
            if (last == Outcome.MET) {
                low = high;
                high *= 2;
            }
        }
        while (low > 0 && high / low > RESOLUTION && last != Outcome.INTERRUPTED) {
            double middle = Math.sqrt(low * high);
            last = tried(middle);
            if (last == Outcome.MET) {
                low = middle;
            } else {
                high = middle;
            }
        }
        out.printf(
                Locale.ROOT,
                "Maximum rate: %.1f infer/sec%s%n",
                low * options.batch,
                last == Outcome.INTERRUPTED ? " met before the search was interrupted" : "");
        return low;
    }

    /** A run without an answer says more with its own verdict. */
    private static LevelResult missed(LevelResult result) {
        return result.verdict() == Verdict.SILENT ? result : result.with(Verdict.OVER_LIMIT);
    }

    private Outcome tried(double rate) throws IOException {
        if (interrupts.heard()) {
            return Outcome.INTERRUPTED;
        }
        double seconds = Math.max((double) options.interval, LIMITS_A_RUN * options.goal.millis) / 1000;
        long requests = Math.max(EarlyStopping.needed(0, options.goal.percentile), Math.round(rate * seconds));
        LevelResult result = trial.run(rate, requests);
        if (interrupts.heard() && result.verdict() != Verdict.STABLE) {
            return Outcome.INTERRUPTED;
        }
        double limit = options.goal.millis * 1e6;
        long late = result.merged()
                .samples()
                .scheduledLatencies()
                .filter(nanos -> nanos > limit)
                .count();
        long failed = result.merged().failures().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        long lost = requests - result.summary().requests() - failed;
        boolean met = EarlyStopping.passes(requests, late + failed + lost, options.goal.percentile);
        out.printf(
                Locale.ROOT,
                "  %10.1f requests/sec: %d of %d late, %d failed, p99 %d usec, goodput %.1f/sec: %s%n",
                rate,
                late,
                requests,
                failed + lost,
                result.summary().scheduledPercentile(99.0),
                (result.summary().requests() - late) / result.summary().seconds(),
                met ? "met" : "missed");
        heard.accept(met ? result.with(Verdict.STABLE) : missed(result));
        return met ? Outcome.MET : Outcome.MISSED;
    }
}
