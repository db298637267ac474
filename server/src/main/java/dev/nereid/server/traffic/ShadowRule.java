package dev.nereid.server.traffic;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;

/** One shadow of a document in force, and what became of its requests. Any thread. */
final class ShadowRule {
    /** What became of a request that was sampled. */
    enum ShadowOutcome {
        MATCH("match"),
        DIFFERENCE("diff"),
        /** The shadow failed. */
        ERROR("error"),
        /** It was not run: there was too much to do, or the client's answer has none of the outputs that are compared. */
        DROPPED("dropped");

        private final String text;

        ShadowOutcome(String text) {
            this.text = text;
        }

        /** As metrics write it. */
        String text() {
            return text;
        }
    }

    private final TrafficConfig.Shadow config;
    private final long version;
    private final OutputComparison comparison;
    private final Semaphore slots;
    private final Map<ShadowOutcome, LongAdder> counts = new EnumMap<>(ShadowOutcome.class);

    ShadowRule(TrafficConfig.Shadow config, long version) {
        this.config = config;
        this.version = version;
        this.comparison = new OutputComparison(config.outputs(), config.argmax());
        this.slots = new Semaphore(config.maxInFlight());
        for (ShadowOutcome outcome : ShadowOutcome.values()) {
            counts.put(outcome, new LongAdder());
        }
    }

    TrafficConfig.Shadow config() {
        return config;
    }

    long version() {
        return version;
    }

    OutputComparison comparison() {
        return comparison;
    }

    /** Takes one of the places for requests in flight, which {@link #release} gives back; false where there is none. */
    boolean take() {
        return slots.tryAcquire();
    }

    void release() {
        slots.release();
    }

    void count(ShadowOutcome outcome) {
        LongAdder count = counts.get(outcome);
        if (count != null) {
            count.increment();
        }
    }

    Map<ShadowOutcome, Long> counts() {
        Map<ShadowOutcome, Long> sums = new EnumMap<>(ShadowOutcome.class);
        counts.forEach((outcome, count) -> sums.put(outcome, count.sum()));
        return sums;
    }

    private long sum(ShadowOutcome outcome) {
        return Optional.ofNullable(counts.get(outcome)).map(LongAdder::sum).orElse(0L);
    }

    TrafficReport.Shadow report() {
        long matches = sum(ShadowOutcome.MATCH);
        long differences = sum(ShadowOutcome.DIFFERENCE);
        return new TrafficReport.Shadow(
                version,
                matches,
                differences,
                sum(ShadowOutcome.ERROR),
                sum(ShadowOutcome.DROPPED),
                matches + differences > 0
                        ? Optional.of(TrafficReport.Estimate.of(Intervals.rate(differences, matches + differences), 1))
                        : Optional.empty());
    }
}
