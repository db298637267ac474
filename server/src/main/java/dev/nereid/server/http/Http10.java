package dev.nereid.server.http;

import java.nio.charset.StandardCharsets;

/**
 * HTTP/1.0 requests, which old health checks and proxies still send and the web server does not know: they are served as
 * HTTP/1.1, and the connection closed after the answer unless the client asked to keep it.
 */
final class Http10 {
    private static final byte[] OLD = " HTTP/1.0".getBytes(StandardCharsets.US_ASCII);

    private Http10() {}

    /**
     * Makes the request line at the front of {@code bytes} one of HTTP/1.1 if it is one of HTTP/1.0.
     *
     * @return whether it was
     */
    static boolean upgrade(byte[] bytes) {
        int end = 0;
        while (end < bytes.length && bytes[end] != '\r' && bytes[end] != '\n') {
            end++;
        }
        int start = end - OLD.length;
        if (end == bytes.length || start < 0) {
            return false;
        }
        for (int i = 0; i < OLD.length; i++) {
            if (bytes[start + i] != OLD[i]) {
                return false;
            }
        }
        bytes[end - 1] = '1';
        return true;
    }
}
