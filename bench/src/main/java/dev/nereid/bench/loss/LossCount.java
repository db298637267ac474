package dev.nereid.bench.loss;

import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/** Requests of one way to the servers, each of which is answered, lost with a reason, or still under way. Any thread. */
final class LossCount {
    private static final int LONGEST_REASON = 120;
    private static final int MOST_REASONS = 20;

    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private long longestNanos;
    private Instant longestSince = Instant.EPOCH;
    private final Map<String, AtomicLong> reasons = new ConcurrentHashMap<>();

    /**
     * The numbers of a while.
     *
     * @param unanswered those that were still under way at its end, after everybody's patience
     * @param longestSeconds what the slowest answer took
     * @param longestSince when that request was sent
     */
    record Result(
            long sent,
            long lost,
            long unanswered,
            double longestSeconds,
            Instant longestSince,
            Map<String, Long> reasons) {
        /** Requests without a good answer. */
        long missing() {
            return lost + unanswered;
        }
    }

    void sent() {
        sent.incrementAndGet();
    }

    void answered(long nanos) {
        answered.incrementAndGet();
        synchronized (this) {
            if (nanos > longestNanos) {
                longestNanos = nanos;
                longestSince = Instant.now().minusNanos(nanos);
            }
        }
    }

    void lost(String reason) {
        lost.incrementAndGet();
        String shown = reason.lines().findFirst().orElse("");
        shown = shown.substring(0, Math.min(shown.length(), LONGEST_REASON));
        if (reasons.size() < MOST_REASONS || reasons.containsKey(shown)) {
            reasons.computeIfAbsent(shown, _ -> new AtomicLong()).incrementAndGet();
        }
    }

    long underWay() {
        return sent.get() - answered.get() - lost.get();
    }

    synchronized Result result() {
        Map<String, Long> counted = new ConcurrentSkipListMap<>();
        reasons.forEach((reason, count) -> counted.put(reason, count.get()));
        return new Result(sent.get(), lost.get(), underWay(), longestNanos / 1e9, longestSince, counted);
    }
}
