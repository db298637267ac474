package dev.nereid.perf.load;

import dev.nereid.perf.client.Exchange;
import dev.nereid.perf.client.Payload;
import dev.nereid.perf.client.Transport;
import dev.nereid.perf.measure.Recorder;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sessions of several turns, a number of them at a time: a turn is sent when the former has been answered and its delay has
 * passed. Each session is gone through once; one whose turn fails goes on with the next.
 */
public final class SessionLoop extends LimitedLoad {
    /**
     * A request of a session.
     *
     * @param delayNanos between its answer and the next turn
     */
    public record Turn(Payload payload, long delayNanos) {}

    private final Transport transport;
    private final List<List<Turn>> sessions;
    private final int atATime;
    private final AtomicInteger nextSession = new AtomicInteger();
    private final Delays delays = new Delays();

    /** A load of all {@code sessions}, {@code atATime} of them at a time. */
    public SessionLoop(Transport transport, Recorder recorder, List<List<Turn>> sessions, int atATime) {
        super(recorder, sessions.stream().mapToLong(List::size).sum());
        this.transport = transport;
        this.sessions = List.copyOf(sessions);
        this.atATime = atATime;
    }

    @Override
    public void start() {
        for (int i = 0; i < atATime; i++) {
            new User().begin();
        }
    }

    @Override
    public void stop(long patienceSeconds) {
        super.stop(patienceSeconds);
        delays.stop();
    }

    private final class User extends Sender {
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
        void ended() {
            quota.end();
            long delay = session.get(turn).delayNanos();
            turn++;
            if (turn == session.size()) {
                begin();
            } else if (delay <= 0) {
                send();
            } else {
                delays.run(this::send, delay);
            }
        }
    }
}
