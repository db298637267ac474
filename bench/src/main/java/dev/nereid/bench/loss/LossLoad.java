package dev.nereid.bench.loss;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Closed loops of users who count what becomes of their requests. */
abstract class LossLoad implements AutoCloseable {
    /** A server that refuses is not asked as fast as it can refuse. */
    private static final long AFTER_LOSS_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final String way;
    private volatile LossCount count = new LossCount();
    private volatile boolean ending;

    LossLoad(String way) {
        this.way = way;
    }

    /** Which way requests go. */
    final String way() {
        return way;
    }

    /** Sends a request; ends in one call of {@link One#answered} or {@link One#lost}. */
    abstract void send(One one);

    /** One request under way. */
    final class One {
        private final LossCount counted = count;
        private final long start = System.nanoTime();

        void answered() {
            counted.answered(System.nanoTime() - start);
            next(0);
        }

        void lost(String reason) {
            counted.lost(reason);
            next(AFTER_LOSS_NANOS);
        }
    }

    private void next(long pauseNanos) {
        if (!ending) {
            Thread.ofVirtual().start(() -> begin(pauseNanos));
        }
    }

    private void begin(long pauseNanos) {
        if (pauseNanos > 0) {
            LockSupport.parkNanos(pauseNanos);
        }
        One one = new One();
        one.counted.sent();
        send(one);
    }

    /** Lets users begin. */
    final void start(int users) {
        count = new LossCount();
        ending = false;
        for (int i = 0; i < users; i++) {
            next(0);
        }
    }

    /** Lets no user send any more, and waits for the answers. */
    final LossCount.Result stop(Duration patience) {
        ending = true;
        long start = System.nanoTime();
        while (count.underWay() > 0 && System.nanoTime() - start < patience.toNanos()) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return count.result();
    }

    @Override
    public abstract void close();
}
