package dev.nereid.server.http;

import dev.nereid.server.protocol.InferException;
import io.helidon.http.HeaderNames;

/** The content type of requests with binary data that come through Vertex AI, which hands no header of its own on. */
final class VertexAiBody {
    private static final String TYPE = "application/vnd.vertex-ai-triton.binary+json;json-header-size=";

    private VertexAiBody() {}

    /**
     * What {@link JsonLength#of} asks for. As in Triton, what is no number counts as 0, and with it the whole body as one
     * tensor's data.
     */
    static long jsonBytes(Exchange exchange, long bodyBytes) {
        String contentType = exchange.header(HeaderNames.CONTENT_TYPE).orElse("");
        int at = contentType.indexOf(TYPE);
        if (at < 0) {
            return bodyBytes;
        }
        if (at > 0) {
            throw InferException.invalid(
                    "expect MIME type for binary data starts with '" + TYPE + "', got: " + contentType);
        }
        String size = contentType.substring(TYPE.length());
        long bytes = number(size);
        if (bytes < 0 || bytes > bodyBytes) {
            throw InferException.invalid(
                    "inference header size should be in range (0, " + bodyBytes + "), got: " + size);
        }
        return bytes;
    }

    /** The digits at the start, with their sign. */
    private static long number(String text) {
        String start = text.stripLeading();
        boolean signed = start.startsWith("-") || start.startsWith("+");
        long number = 0;
        for (int i = signed ? 1 : 0; i < start.length() && Character.digit(start.charAt(i), 10) >= 0; i++) {
            number = Math.min(number * 10 + Character.digit(start.charAt(i), 10), Integer.MAX_VALUE);
        }
        return start.startsWith("-") ? -number : number;
    }
}
