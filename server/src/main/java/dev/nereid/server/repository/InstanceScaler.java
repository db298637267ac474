package dev.nereid.server.repository;

import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.Scheduler;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a model's policy some times a second whether it wishes more or fewer instances, and has the wish followed on
 * another thread. After a wish that could not be followed it waits for a while. Any thread.
 */
final class InstanceScaler implements AutoCloseable {
    static final long TICK_NANOS = 250_000_000;

    /** How long nothing is tried after a failure. */
    static final long PAUSE_NANOS = 30_000_000_000L;

    private static final Logger LOG = LoggerFactory.getLogger(InstanceScaler.class);

    private final String what;
    private final Scheduler scheduler;
    private final RunningInstances instances;
    private final Clock clock;
    private final Executor executor;
    private Clock.@Nullable Alarm alarm;
    private boolean busy;
    private boolean closed;
    private long notBeforeNanos;

    /**
     * Begins to ask.
     *
     * @param what names the model
     * @param executor runs one task at a time, which may take long
     */
    InstanceScaler(String what, Scheduler scheduler, RunningInstances instances, Clock clock, Executor executor) {
        this.what = what;
        this.scheduler = scheduler;
        this.instances = instances;
        this.clock = clock;
        this.executor = executor;
        this.notBeforeNanos = clock.nanos();
        synchronized (this) {
            setAlarm();
        }
    }

    private void setAlarm() {
        alarm = clock.at(clock.nanos() + TICK_NANOS, this::tick);
    }

    private void tick() {
        synchronized (this) {
            if (closed) {
                return;
            }
            setAlarm();
            if (busy) {
                return;
            }
        }
        OptionalInt wanted = scheduler.wantedInstances();
        synchronized (this) {
            if (closed
                    || wanted.isEmpty()
                    || !instances.needsChange(wanted.getAsInt())
                    || clock.nanos() - notBeforeNanos < 0) {
                return;
            }
            busy = true;
        }
        try {
            executor.execute(() -> follow(wanted.getAsInt()));
        } catch (RuntimeException | Error e) {
            LOG.error("{} stays at {} instances: there is no thread to change that", what, instances.count(), e);
            ended(false);
        }
    }

    private void follow(int wanted) {
        boolean followed = false;
        try {
            instances.follow(wanted);
            followed = true;
        } catch (ModelLoadException e) {
            LOG.warn("{} stays at {} instances: {}", what, instances.count(), e.text());
        } catch (RuntimeException | Error e) {
            LOG.error("{} stays at {} instances", what, instances.count(), e);
        } finally {
            ended(followed);
        }
    }

    private synchronized void ended(boolean followed) {
        busy = false;
        if (!followed) {
            notBeforeNanos = clock.nanos() + PAUSE_NANOS;
        }
        notifyAll();
    }

    /** Asks no more, and waits until a change that is going on has ended. */
    @Override
    public synchronized void close() {
        closed = true;
        if (alarm != null) {
            alarm.cancel();
        }
        boolean interrupted = false;
        while (busy) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
