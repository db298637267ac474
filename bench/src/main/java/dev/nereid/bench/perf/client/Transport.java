package dev.nereid.bench.perf.client;

import dev.nereid.bench.perf.data.InferenceRequest;

/** A way to the server that carries many requests at a time. Safe for any number of threads. */
public interface Transport extends AutoCloseable {
    /** Encodes a request. */
    Payload prepare(InferenceRequest request);

    /**
     * Sends a request that this transport prepared and returns at once; the exchange's listener hears how it ended, from
     * another thread or this one.
     */
    void send(Exchange exchange);

    @Override
    void close();
}
