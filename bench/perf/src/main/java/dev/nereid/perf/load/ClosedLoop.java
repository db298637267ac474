package dev.nereid.perf.load;

import dev.nereid.perf.client.Exchange;
import dev.nereid.perf.client.Transport;
import dev.nereid.perf.measure.Recorder;

/** A number of users, each of whom sends a request as soon as the former is answered. */
public final class ClosedLoop extends LimitedLoad {
    private static final long BACK_OFF_NANOS = 10_000_000;

    private final Transport transport;
    private final RequestSource source;
    private final int users;
    private final Delays delays = new Delays();

    /** @param requests number of requests in all; 0 for any number */
    public ClosedLoop(Transport transport, RequestSource source, Recorder recorder, int users, long requests) {
        super(recorder, requests);
        this.transport = transport;
        this.source = source;
        this.users = users;
    }

    @Override
    public void start() {
        for (int i = 0; i < users; i++) {
            new User(i).send();
        }
    }

    @Override
    public void stop(long patienceSeconds) {
        super.stop(patienceSeconds);
        delays.stop();
    }

    private final class User extends Sender {
        private final int number;

        User(int number) {
            this.number = number;
        }

        void send() {
            if (quota.take()) {
                RequestSource.Next next = source.next(number);
                transport.send(new Exchange(this, next.payload(), System.nanoTime(), next.sequenceEnd(), false));
            }
        }

        @Override
        void ended() {
            quota.end();
            send();
        }

        /** A server that is away is asked again after a while, not as fast as it can refuse. */
        @Override
        void refused() {
            quota.end();
            delays.run(this::send, BACK_OFF_NANOS);
        }
    }
}
