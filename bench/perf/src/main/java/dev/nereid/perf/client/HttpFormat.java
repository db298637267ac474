package dev.nereid.perf.client;

import dev.nereid.perf.data.InferenceRequest;
import java.nio.ByteBuffer;
import java.util.Map;

/** How one kind of server wants to be asked over HTTP about one model. */
public interface HttpFormat {
    /**
     * What is sent.
     *
     * @param jsonLength length of the JSON at the begin of a body in which bytes follow it; 0 for other bodies
     */
    record Body(ByteBuffer bytes, String contentType, int jsonLength) {}

    /** The path of the inference endpoint, beginning with a slash. */
    String path();

    Body encode(InferenceRequest request);

    /**
     * The outputs of an answer, as the protocol's raw bytes.
     *
     * @param jsonLength as the answer's header has it; 0 where it has none
     */
    Map<String, ByteBuffer> outputs(byte[] body, int jsonLength);
}
