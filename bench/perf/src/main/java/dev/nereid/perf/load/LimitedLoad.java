package dev.nereid.perf.load;

import dev.nereid.perf.client.Exchange;
import dev.nereid.perf.client.Failure;
import dev.nereid.perf.measure.Recorder;

/** A load whose requests are counted by a quota and recorded when they end. */
abstract class LimitedLoad implements Load {
    private final Recorder recorder;
    final RequestQuota quota;

    /** @param requests number of requests in all; 0 for any number */
    LimitedLoad(Recorder recorder, long requests) {
        this.recorder = recorder;
        this.quota = new RequestQuota(requests);
    }

    @Override
    public void stop(long patienceSeconds) {
        quota.stop(patienceSeconds);
    }

    @Override
    public final boolean isExhausted() {
        return quota.isExhausted();
    }

    @Override
    public final long sent() {
        return quota.sent();
    }

    /** Records how a request ends, then tells what sent it. */
    abstract class Sender implements Exchange.Listener {
        @Override
        public final void succeeded(Exchange exchange) {
            recorder.succeeded(exchange);
            ended();
        }

        @Override
        public final void failed(Exchange exchange, Failure failure) {
            recorder.failed(failure);
            refused();
        }

        /** The request has ended, well or not. */
        abstract void ended();

        /** The request has failed; without an override the same as {@link #ended}. */
        void refused() {
            ended();
        }
    }
}
