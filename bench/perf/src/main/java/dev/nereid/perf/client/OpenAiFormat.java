package dev.nereid.perf.client;

import dev.nereid.perf.data.InferenceRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A server with OpenAI's interface: bodies come from the input data as they are.
 *
 * @param path beginning with a slash
 */
public record OpenAiFormat(String path) implements HttpFormat {
    @Override
    public Body encode(InferenceRequest request) {
        String body = request.body()
                .orElseThrow(() -> new IllegalArgumentException(
                        "--service-kind=openai needs --input-data=FILE with a 'payload' in every entry"));
        return new Body(ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8)), "application/json", 0);
    }

    /** The whole body, by the name that perf_analyzer gives it. */
    @Override
    public Map<String, ByteBuffer> outputs(byte[] body, int jsonLength) {
        return Map.of("response", ByteBuffer.wrap(body));
    }
}
