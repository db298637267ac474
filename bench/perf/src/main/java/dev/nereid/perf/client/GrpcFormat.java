package dev.nereid.perf.client;

import dev.nereid.perf.data.InferenceRequest;
import java.nio.ByteBuffer;
import java.util.Map;

/** How one kind of server wants to be asked over gRPC about one model, in calls with one message either way. */
public interface GrpcFormat {
    /** The full name of the method. */
    String method();

    /** The message. */
    byte[] encode(InferenceRequest request);

    /**
     * The outputs of an answer, as the protocol's raw bytes.
     *
     * @throws IllegalStateException if it cannot be read
     */
    Map<String, ByteBuffer> outputs(byte[] answer);
}
