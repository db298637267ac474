package dev.nereid.perf.load;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Limits how many requests a load may still send, and counts those in flight. */
final class RequestQuota {
    private final long limit;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong ended = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition allEnded = lock.newCondition();
    private volatile boolean stopped;

    /** @param limit number of requests; 0 for any number */
    RequestQuota(long limit) {
        this.limit = limit;
    }

    /** Takes the right to send one request; false if there is none. */
    boolean take() {
        if (stopped) {
            return false;
        }
        long number = sent.incrementAndGet();
        if (stopped || (limit > 0 && number > limit)) {
            sent.decrementAndGet();
            wake();
            return false;
        }
        return true;
    }

    /** A request has ended, well or not. */
    void end() {
        ended.incrementAndGet();
        wake();
    }

    /** Whoever waits in {@link #stop} looks again: also after a request that was counted is not sent after all. */
    private void wake() {
        if (stopped) {
            lock.lock();
            try {
                allEnded.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    long sent() {
        return sent.get();
    }

    long underWay() {
        return sent.get() - ended.get();
    }

    boolean isStopped() {
        return stopped;
    }

    boolean isExhausted() {
        return limit > 0 && ended.get() >= limit;
    }

    /** Allows no more and waits for those under way, but not for ever. */
    void stop(long seconds) {
        stopped = true;
        long left = TimeUnit.SECONDS.toNanos(seconds);
        lock.lock();
        try {
            while (underWay() > 0 && left > 0) {
                left = allEnded.awaitNanos(left);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }
}
