package dev.nereid.perf.load;

import java.util.List;
import java.util.SplittableRandom;

/** The gaps between requests that are sent by the clock, in nanoseconds. For one thread. */
@FunctionalInterface
public interface Schedule {
    long nextGap();

    /** The same gap always. */
    static Schedule constant(double rate) {
        double gap = 1e9 / rate;
        double[] rest = {0};
        return () -> {
            double exact = gap + rest[0];
            long whole = (long) exact;
            rest[0] = exact - whole;
            return whole;
        };
    }

    /** Gaps of a Poisson process: requests of many users who know nothing of each other. */
    static Schedule poisson(double rate, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return () -> (long) (-Math.log(1 - random.nextDouble()) * 1e9 / rate);
    }

    /** Given times from the begin on, which rise; for as many requests. */
    static Schedule at(List<Long> times) {
        int[] next = {0};
        return () -> {
            int i = next[0]++;
            return i >= times.size() ? 0 : times.get(i) - (i == 0 ? 0 : times.get(i - 1));
        };
    }

    /** Given gaps, again and again. */
    static Schedule repeated(List<Long> gaps) {
        int[] next = {0};
        return () -> gaps.get(next[0]++ % gaps.size());
    }
}
