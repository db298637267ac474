package dev.nereid.perf.measure;

import dev.nereid.perf.client.Exchange;
import dev.nereid.perf.client.Failure;

/** Is called when a request ends, one at a time, on the thread that received its response. */
public interface RequestListener {
    /** Looks away. */
    RequestListener NONE = new RequestListener() {
        @Override
        public void succeeded(Exchange exchange) {}

        @Override
        public void failed(Failure failure) {}
    };

    void succeeded(Exchange exchange);

    void failed(Failure failure);
}
