package dev.nereid.perf.client;

import dev.nereid.perf.data.InferenceRequest;
import java.nio.ByteBuffer;
import java.util.Map;

/** A way to the server that carries many requests at a time. Safe for any number of threads. */
public interface Transport extends AutoCloseable {
    /** Encodes a request. */
    Payload prepare(InferenceRequest request);

    /**
     * Sends a request that this transport prepared and returns at once; the exchange's listener hears how it ended, from
     * another thread or this one.
     */
    void send(Exchange exchange);

    /**
     * The outputs of an answer that was kept, by their names, as KServe's protocol has their bytes.
     *
     * @throws IllegalStateException if it cannot be read
     */
    Map<String, ByteBuffer> outputs(Answer answer);

    @Override
    void close();
}
