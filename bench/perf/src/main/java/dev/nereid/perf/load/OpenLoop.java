package dev.nereid.perf.load;

import dev.nereid.perf.client.Exchange;
import dev.nereid.perf.client.Transport;
import dev.nereid.perf.measure.Recorder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Requests sent by the clock, whether or not the former are answered: the server does not set the pace. A request that
 * cannot be sent in time, because too many are under way or this machine is too slow, keeps its place in the schedule.
 */
public final class OpenLoop extends LimitedLoad {
    private static final long DELAYED_NANOS = 1_000_000;
    private static final long LOOK_AGAIN_NANOS = 20_000;
    private static final long WAIT_MILLIS = 20;

    /**
     * Bounds of a load.
     *
     * @param slots sequences that take turns; 1 for a load without sequences
     * @param serial whether a sequence has no more than one request under way
     * @param mostUnderWay requests that may be under way at a time
     * @param requests number in all; 0 for any number
     */
    public record Bounds(int slots, boolean serial, int mostUnderWay, long requests) {}

    private final Transport transport;
    private final RequestSource source;
    private final Schedule schedule;
    private final Bounds bounds;
    private final Thread pacer;
    private final List<Slot> slots = new ArrayList<>();

    /** Those whose last request is answered; used where sequences are serial. */
    private final BlockingQueue<Slot> free = new LinkedBlockingQueue<>();

    /** A load that sends by {@code schedule}. */
    public OpenLoop(Transport transport, RequestSource source, Recorder recorder, Schedule schedule, Bounds bounds) {
        super(recorder, bounds.requests());
        this.transport = transport;
        this.source = source;
        this.schedule = schedule;
        this.bounds = bounds;
        for (int i = 0; i < bounds.slots(); i++) {
            slots.add(new Slot(i));
        }
        free.addAll(slots);
        this.pacer = Thread.ofPlatform().name("perf-pacer").daemon().unstarted(this::pace);
    }

    @Override
    public void start() {
        pacer.start();
    }

    private void pace() {
        long due = System.nanoTime();
        for (int i = 0; !quota.isStopped(); i++) {
            due += schedule.nextGap();
            waitUntil(due);
            while (quota.underWay() >= bounds.mostUnderWay() && !quota.isStopped()) {
                LockSupport.parkNanos(LOOK_AGAIN_NANOS);
            }
            Optional<Slot> slot = slot(i);
            if (slot.isEmpty() || !quota.take()) {
                return;
            }
            RequestSource.Next next = source.next(slot.get().number);
            boolean delayed = System.nanoTime() - due > DELAYED_NANOS;
            transport.send(new Exchange(slot.get(), next.payload(), due, next.sequenceEnd(), delayed));
        }
    }

    /** The slot of request {@code i}; empty once the load has stopped. */
    private Optional<Slot> slot(int i) {
        if (!bounds.serial()) {
            return Optional.of(slots.get(i % slots.size()));
        }
        try {
            Slot slot = free.poll(WAIT_MILLIS, TimeUnit.MILLISECONDS);
            while (slot == null && !quota.isStopped()) {
                slot = free.poll(WAIT_MILLIS, TimeUnit.MILLISECONDS);
            }
            return Optional.ofNullable(slot);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private void waitUntil(long due) {
        long left = due - System.nanoTime();
        while (left > 0 && !quota.isStopped()) {
            LockSupport.parkNanos(left);
            left = due - System.nanoTime();
        }
    }

    @Override
    public void stop(long patienceSeconds) {
        super.stop(patienceSeconds);
        LockSupport.unpark(pacer);
        try {
            pacer.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** A sequence's place, or the one place of a load without sequences. */
    private final class Slot extends Sender {
        private final int number;

        Slot(int number) {
            this.number = number;
        }

        @Override
        void ended() {
            quota.end();
            if (bounds.serial()) {
                free.add(this);
            }
        }
    }
}
