package dev.nereid.server.traffic;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;

/** One shadow of a document in force, and what became of its requests. Any thread. */
final class ShadowRule {
    /** What became of a request that was sampled. */
    enum Outcome {
        MATCH("match"),
        DIFFERENCE("diff"),
        /** The shadow failed. */
        ERROR("error"),
        /** It was not run: there was too much to do, or the client's answer has none of the outputs that are compared. */
        DROPPED("dropped");

        private final String text;

        Outcome(String text) {
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
    private final Map<Outcome, LongAdder> counts = new EnumMap<>(Outcome.class);

    ShadowRule(TrafficConfig.Shadow config, long version) {
        this.config = config;
        this.version = version;
        this.comparison = new OutputComparison(config.outputs(), config.argmax());
        this.slots = new Semaphore(config.maxInFlight());
        for (Outcome outcome : Outcome.values()) {
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

    void count(Outcome outcome) {
        LongAdder count = counts.get(outcome);
        if (count != null) {
            count.increment();
        }
    }

    Map<Outcome, Long> counts() {
        Map<Outcome, Long> sums = new EnumMap<>(Outcome.class);
        counts.forEach((outcome, count) -> sums.put(outcome, count.sum()));
        return sums;
    }

    private long sum(Outcome outcome) {
        return Optional.ofNullable(counts.get(outcome)).map(LongAdder::sum).orElse(0L);
    }

    TrafficReport.Shadow report() {
        long matches = sum(Outcome.MATCH);
        long differences = sum(Outcome.DIFFERENCE);
        return new TrafficReport.Shadow(
                version,
                matches,
                differences,
                sum(Outcome.ERROR),
                sum(Outcome.DROPPED),
                matches + differences > 0
                        ? Optional.of(TrafficReport.Estimate.of(Intervals.rate(differences, matches + differences), 1))
                        : Optional.empty());
    }
}
