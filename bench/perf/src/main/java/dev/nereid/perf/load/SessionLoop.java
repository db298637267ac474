package dev.nereid.perf.load;

import dev.nereid.perf.client.Exchange;
import dev.nereid.perf.client.Failure;
import dev.nereid.perf.client.Payload;
import dev.nereid.perf.client.Transport;
import dev.nereid.perf.measure.Recorder;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sessions of several turns, a number of them at a time: a turn is sent when the former has been answered and its delay has
 * passed. Each session is gone through once; one whose turn fails goes on with the next.
 */
public final class SessionLoop implements Load {
    /**
     * A request of a session.
     *
     * @param delayNanos between its answer and the next turn
     */
    public record Turn(Payload payload, long delayNanos) {}

    private final Transport transport;
    private final Recorder recorder;
    private final List<List<Turn>> sessions;
    private final int atATime;
    private final RequestQuota quota;
    private final AtomicInteger nextSession = new AtomicInteger();
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().factory());

    /** A load of all {@code sessions}, {@code atATime} of them at a time. */
    public SessionLoop(Transport transport, Recorder recorder, List<List<Turn>> sessions, int atATime) {
        this.transport = transport;
        this.recorder = recorder;
        this.sessions = List.copyOf(sessions);
        this.atATime = atATime;
        this.quota = new RequestQuota(sessions.stream().mapToLong(List::size).sum());
    }

    @Override
    public void start() {
        for (int i = 0; i < atATime; i++) {
            new User().begin();
        }
    }

    @Override
    public void stop(long patienceSeconds) {
        quota.stop(patienceSeconds);
        later.shutdownNow();
    }

    @Override
    public boolean isExhausted() {
        return quota.isExhausted();
    }

    @Override
    public long sent() {
        return quota.sent();
    }

    private final class User implements Exchange.Listener {
        private List<Turn> session = List.of();
        private int turn;

        void begin() {
            int number = nextSession.getAndIncrement();
            if (number < sessions.size()) {
                session = sessions.get(number);
                turn = 0;
                send();
            }
        }

        private void send() {
            if (quota.take()) {
                Payload payload = session.get(turn).payload();
                boolean last = turn == session.size() - 1;
                transport.send(new Exchange(this, payload, System.nanoTime(), last, false));
            }
        }

        @Override
        public void succeeded(Exchange exchange) {
            recorder.succeeded(exchange);
            next();
        }

        @Override
        public void failed(Exchange exchange, Failure failure) {
            recorder.failed(failure);
            next();
        }

        private void next() {
            quota.end();
            long delay = session.get(turn).delayNanos();
            turn++;
            if (turn == session.size()) {
                begin();
            } else if (delay <= 0) {
                send();
            } else {
                try {
                    var _ = later.schedule(this::send, delay, TimeUnit.NANOSECONDS);
                } catch (RejectedExecutionException _) {
                    // The load has stopped meanwhile.
                }
            }
        }
    }
}
