package dev.nereid.perf.load;

import dev.nereid.perf.client.Exchange;
import dev.nereid.perf.client.Failure;
import dev.nereid.perf.client.Transport;
import dev.nereid.perf.measure.Recorder;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A number of users, each of whom sends a request as soon as the former is answered. */
public final class ClosedLoop implements Load {
    private static final long BACK_OFF_MILLIS = 10;

    private final Transport transport;
    private final RequestSource source;
    private final Recorder recorder;
    private final int users;
    private final RequestQuota quota;
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().factory());

    /** @param requests number of requests in all; 0 for any number */
    public ClosedLoop(Transport transport, RequestSource source, Recorder recorder, int users, long requests) {
        this.transport = transport;
        this.source = source;
        this.recorder = recorder;
        this.users = users;
        this.quota = new RequestQuota(requests);
    }

    @Override
    public void start() {
        for (int i = 0; i < users; i++) {
            new User(i).send();
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
        public void succeeded(Exchange exchange) {
            recorder.succeeded(exchange);
            quota.end();
            send();
        }

        /** A server that is away is asked again after a while, not as fast as it can refuse. */
        @Override
        public void failed(Exchange exchange, Failure failure) {
            recorder.failed(failure);
            quota.end();
            try {
                var _ = later.schedule(this::send, BACK_OFF_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException _) {
                // The load has stopped meanwhile.
            }
        }
    }
}
