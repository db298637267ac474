package dev.nereid.bench.perf.load;

import dev.nereid.bench.perf.client.Exchange;
import dev.nereid.bench.perf.client.Failure;
import dev.nereid.bench.perf.client.Transport;
import dev.nereid.bench.perf.measure.Recorder;
import java.util.concurrent.locks.LockSupport;

/**
 * Requests sent by the clock, whether or not the former are answered: the server does not set the pace. A request that
 * cannot be sent in time, because too many are under way or this machine is too slow, keeps its place in the schedule.
 */
public final class OpenLoop implements Load, Exchange.Listener {
    private static final long PATIENCE_SECONDS = 60;
    private static final long DELAYED_NANOS = 1_000_000;
    private static final long LOOK_AGAIN_NANOS = 20_000;

    /**
     * Bounds of a load.
     *
     * @param slots sequences that take turns; 1 for a load without sequences
     * @param mostUnderWay requests that may be under way at a time
     * @param requests number in all; 0 for any number
     */
    public record Bounds(int slots, int mostUnderWay, long requests) {}

    private final Transport transport;
    private final RequestSource source;
    private final Recorder recorder;
    private final Schedule schedule;
    private final Bounds bounds;
    private final Allowance allowance;
    private final Thread pacer;

    /** A load that sends by {@code schedule}. */
    public OpenLoop(Transport transport, RequestSource source, Recorder recorder, Schedule schedule, Bounds bounds) {
        this.transport = transport;
        this.source = source;
        this.recorder = recorder;
        this.schedule = schedule;
        this.bounds = bounds;
        this.allowance = new Allowance(bounds.requests());
        this.pacer = Thread.ofPlatform().name("perf-pacer").daemon().unstarted(this::pace);
    }

    @Override
    public void start() {
        pacer.start();
    }

    private void pace() {
        long due = System.nanoTime();
        for (int i = 0; !allowance.isStopped(); i++) {
            due += schedule.nextGap();
            waitUntil(due);
            while (allowance.underWay() >= bounds.mostUnderWay() && !allowance.isStopped()) {
                LockSupport.parkNanos(LOOK_AGAIN_NANOS);
            }
            if (!allowance.take()) {
                return;
            }
            RequestSource.Next next = source.next(i % bounds.slots());
            boolean delayed = System.nanoTime() - due > DELAYED_NANOS;
            transport.send(new Exchange(this, next.payload(), due, next.sequenceEnd(), delayed));
        }
    }

    private void waitUntil(long due) {
        long left = due - System.nanoTime();
        while (left > 0 && !allowance.isStopped()) {
            LockSupport.parkNanos(left);
            left = due - System.nanoTime();
        }
    }

    @Override
    public void succeeded(Exchange exchange) {
        recorder.succeeded(exchange);
        allowance.end();
    }

    @Override
    public void failed(Exchange exchange, Failure failure) {
        recorder.failed(failure);
        allowance.end();
    }

    @Override
    public void stop() {
        allowance.stop(PATIENCE_SECONDS);
        LockSupport.unpark(pacer);
        try {
            pacer.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isExhausted() {
        return allowance.isExhausted();
    }

    @Override
    public long sent() {
        return allowance.sent();
    }
}
