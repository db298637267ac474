package dev.nereid.perf.client;

import dev.nereid.perf.data.InferenceRequest;
import dev.nereid.perf.model.Endpoint;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Makes whole HTTP requests for one model of a server. */
public record HttpTarget(Endpoint endpoint, HttpFormat format) {
    /** A whole request, header and body. */
    record HttpPayload(ByteBuffer bytes, InferenceRequest request) implements Payload {}

    HttpPayload request(InferenceRequest request) {
        HttpFormat.Body body = format.encode(request);
        StringBuilder head = new StringBuilder("POST ")
                .append(endpoint.path())
                .append(format.path())
                .append(" HTTP/1.1\r\nHost: ")
                .append(endpoint.authority())
                .append("\r\nContent-Length: ")
                .append(body.bytes().remaining())
                .append("\r\nContent-Type: ")
                .append(body.contentType())
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
        return new HttpPayload(whole.put(header).put(body.bytes()).flip().asReadOnlyBuffer(), request);
    }
}
