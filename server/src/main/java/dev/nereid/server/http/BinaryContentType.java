package dev.nereid.server.http;

import dev.nereid.server.protocol.InferException;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerResponse;

/** A content type that says how much of a body is JSON, for platforms that hand no header of Triton's on. */
final class BinaryContentType {
    static final BinaryContentType VERTEX_AI = new BinaryContentType("vertex-ai-triton");
    static final BinaryContentType SAGEMAKER = new BinaryContentType("sagemaker-triton");

    private final String prefix;

    private BinaryContentType(String vendor) {
        this.prefix = "application/vnd." + vendor + ".binary+json;json-header-size=";
    }

    /**
     * What {@link JsonLength#of} asks for. As in Triton, what is no number counts as 0, and with it the whole body as one
     * tensor's data.
     */
    long jsonBytes(Exchange exchange, long bodyBytes) {
        String contentType = exchange.header(HeaderNames.CONTENT_TYPE).orElse("");
        int at = contentType.indexOf(prefix);
        if (at < 0) {
            return bodyBytes;
        }
        if (at > 0) {
            throw InferException.invalid(
                    "expect MIME type for binary data starts with '" + prefix + "', got: " + contentType);
        }
        String size = contentType.substring(prefix.length());
        long bytes = number(size);
        if (bytes < 0 || bytes > bodyBytes) {
            throw InferException.invalid(
                    "inference header size should be in range (0, " + bodyBytes + "), got: " + size);
        }
        return bytes;
    }

    /** What {@link InferForm.BinaryMark#on} asks for. */
    void mark(ServerResponse head, int jsonBytes) {
        head.header(HeaderNames.CONTENT_TYPE, prefix + jsonBytes);
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
