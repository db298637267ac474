package dev.nereid.server.schedule;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The machine's clock, with one daemon thread for all alarms of the process. */
final class SystemClock implements Clock {
    static final SystemClock INSTANCE = new SystemClock();

    private final ScheduledThreadPoolExecutor alarms = new ScheduledThreadPoolExecutor(
            1, task -> Thread.ofPlatform().daemon().name("schedule-alarms").unstarted(task));

    private SystemClock() {
        alarms.setRemoveOnCancelPolicy(true);
    }

    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public long epochMillis() {
        return System.currentTimeMillis();
    }

    @Override
    public Alarm at(long nanos, Runnable task) {
        Future<?> future = alarms.schedule(task, Math.max(nanos - nanos(), 0), TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }
}
