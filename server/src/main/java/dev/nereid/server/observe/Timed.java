package dev.nereid.server.observe;

import java.util.concurrent.atomic.LongAdder;

/** A count and the time that all of it took. Any thread. */
final class Timed {
    private final LongAdder count = new LongAdder();
    private final LongAdder nanos = new LongAdder();

    void add(long elapsed) {
        count.increment();
        nanos.add(elapsed);
    }

    /** Adds time to something that is counted already. */
    void lengthen(long elapsed) {
        nanos.add(elapsed);
    }

    StatisticsSnapshot.Duration snapshot() {
        return new StatisticsSnapshot.Duration(count.sum(), nanos.sum());
    }
}
