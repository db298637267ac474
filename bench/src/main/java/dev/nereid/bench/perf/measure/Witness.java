package dev.nereid.bench.perf.measure;

import dev.nereid.bench.perf.client.Exchange;
import dev.nereid.bench.perf.client.Failure;

/** Sees each request end, one at a time, on the thread that received its answer. */
public interface Witness {
    /** Looks away. */
    Witness NONE = new Witness() {
        @Override
        public void succeeded(Exchange exchange) {}

        @Override
        public void failed(Failure failure) {}
    };

    void succeeded(Exchange exchange);

    void failed(Failure failure);
}
