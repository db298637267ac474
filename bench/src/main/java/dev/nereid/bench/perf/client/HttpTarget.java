package dev.nereid.bench.perf.client;

import dev.nereid.bench.perf.data.InferenceRequest;
import dev.nereid.bench.perf.model.Endpoint;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Makes whole HTTP requests for the inference endpoint of one model.
 *
 * @param version of the model; empty for the server's choice
 */
public record HttpTarget(Endpoint endpoint, String model, String version, HttpEncoder encoder) {
    /** A whole request, header and body. */
    record HttpPayload(ByteBuffer bytes) implements Payload {}

    String path() {
        return endpoint.path() + "/v2/models/" + model + (version.isEmpty() ? "" : "/versions/" + version) + "/infer";
    }

    HttpPayload request(InferenceRequest request) {
        HttpEncoder.Body body = encoder.encode(request);
        StringBuilder head = new StringBuilder("POST ")
                .append(path())
                .append(" HTTP/1.1\r\nHost: ")
                .append(endpoint.authority())
                .append("\r\nContent-Length: ")
                .append(body.bytes().remaining())
                .append("\r\nContent-Type: ")
                .append(body.jsonLength() > 0 ? "application/octet-stream" : "application/json")
                .append("\r\n");
        if (body.jsonLength() > 0) {
            head.append("Inference-Header-Content-Length: ")
                    .append(body.jsonLength())
                    .append("\r\n");
        }
        endpoint.headers()
                .forEach((name, value) ->
                        head.append(name).append(": ").append(value).append("\r\n"));
        byte[] header = head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer whole =
                ByteBuffer.allocateDirect(header.length + body.bytes().remaining());
        return new HttpPayload(whole.put(header).put(body.bytes()).flip().asReadOnlyBuffer());
    }
}
