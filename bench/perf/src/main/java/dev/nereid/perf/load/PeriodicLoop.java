package dev.nereid.perf.load;

import dev.nereid.perf.client.Exchange;
import dev.nereid.perf.client.Transport;
import dev.nereid.perf.measure.Recorder;

/**
 * Long-lived requests that grow in number: a first set, and another each time all requests of the last set have had so many
 * responses, or have ended, until all were sent.
 */
public final class PeriodicLoop extends LimitedLoad {
    /**
     * How it grows.
     *
     * @param first requests of the first set
     * @param step requests of each further set
     * @param all requests in all
     * @param period responses of each request before the next set follows
     */
    public record Growth(int first, int step, int all, int period) {}

    private final Transport transport;
    private final RequestSource source;
    private final Growth growth;
    private int begun;
    private int awaited;

    /** A load that grows as {@code growth} says. */
    public PeriodicLoop(Transport transport, RequestSource source, Recorder recorder, Growth growth) {
        super(recorder, growth.all());
        this.transport = transport;
        this.source = source;
        this.growth = growth;
    }

    @Override
    public void start() {
        send(take(growth.first()));
    }

    /** Decides on the size of a set under the lock; sending is done outside it. */
    private synchronized int take(int wanted) {
        int set = Math.min(wanted, growth.all() - begun);
        begun += set;
        awaited = set;
        return set;
    }

    private void send(int set) {
        for (int i = 0; i < set && quota.take(); i++) {
            RequestSource.Next next = source.next(0);
            transport.send(new Exchange(new Member(), next.payload(), System.nanoTime(), next.sequenceEnd(), false));
        }
    }

    /** A request of the last set has gone far enough. */
    private void reached() {
        int set = 0;
        synchronized (this) {
            if (--awaited == 0) {
                set = take(growth.step());
            }
        }
        send(set);
    }

    private final class Member extends Sender {
        private boolean counted;

        @Override
        public void responded(Exchange exchange) {
            if (!counted && exchange.responses() >= growth.period()) {
                counted = true;
                reached();
            }
        }

        @Override
        void ended() {
            if (!counted) {
                counted = true;
                reached();
            }
            quota.end();
        }
    }
}
