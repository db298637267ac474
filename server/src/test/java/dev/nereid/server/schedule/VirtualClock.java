package dev.nereid.server.schedule;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A clock that stands until a test turns it; alarms run on the thread that turns it. */
public final class VirtualClock implements Clock {
    private record Pending(long nanos, Runnable task) {}

    /** Instances that have threads of their own set alarms too. */
    private final List<Pending> alarms = new CopyOnWriteArrayList<>();

    private long nanos = 1_000_000_000;
    private long tickNanos;

    @Override
    public long nanos() {
        nanos += tickNanos;
        return nanos;
    }

    /** Lets every look at the clock take some time from now on, so that short stretches of code show. */
    public void tickMicros(long micros) {
        tickNanos = micros * 1000;
    }

    @Override
    public long epochMillis() {
        return nanos / 1_000_000;
    }

    @Override
    public Alarm at(long time, Runnable task) {
        Pending pending = new Pending(time, task);
        alarms.add(pending);
        return () -> alarms.remove(pending);
    }

    /** Lets time pass and rings every alarm at its time. */
    public void advanceMicros(long micros) {
        long end = nanos + micros * 1000;
        Optional<Pending> next = nextBefore(end);
        while (next.isPresent()) {
            alarms.remove(next.get());
            nanos = Math.max(nanos, next.get().nanos());
            next.get().task().run();
            next = nextBefore(end);
        }
        nanos = end;
    }

    /** Alarms that have not rung. */
    public int alarms() {
        return alarms.size();
    }

    private Optional<Pending> nextBefore(long end) {
        return alarms.stream().filter(alarm -> alarm.nanos() <= end).min(Comparator.comparingLong(Pending::nanos));
    }
}
