package dev.nereid.server.http.connection;

import io.helidon.common.buffers.BufferData;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.0 requests, which old health checks and proxies still send and the web server does not know: they are served as
 * HTTP/1.1, with a status line of theirs, and the connection is closed after the answer unless the client asked to keep it.
 */
final class Http10 {
    private static final byte[] OLD = " HTTP/1.0".getBytes(StandardCharsets.US_ASCII);

    /** Where an answer says which version of the first it is. */
    private static final int VERSION = "HTTP/1.".length();

    /** A line that is longer is not looked at: so long is no request line that is served. */
    private static final int MOST_LINE_BYTES = 8 << 10;

    private Http10() {}

    /**
     * Puts the first line of a request together where it comes in pieces.
     *
     * @param first what has come of the request
     * @param more the next bytes; null at the end
     */
    static byte[] wholeLine(byte[] first, Supplier<byte @Nullable []> more) {
        byte[] bytes = first;
        while (bytes.length < MOST_LINE_BYTES && !hasLine(bytes)) {
            byte[] next = more.get();
            if (next == null) {
                break;
            }
            int length = bytes.length;
            bytes = Arrays.copyOf(bytes, length + next.length);
            System.arraycopy(next, 0, bytes, length, next.length);
        }
        return bytes;
    }

    private static boolean hasLine(byte[] bytes) {
        for (byte next : bytes) {
            if (next == '\n') {
                return true;
            }
        }
        return false;
    }

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

    /** The first bytes of an answer, with HTTP/1.0 in their status line. */
    static BufferData statusLine(BufferData answer) {
        byte[] bytes = answer.readBytes();
        if (bytes.length > VERSION && bytes[VERSION] == '1') {
            bytes[VERSION] = '0';
        }
        return BufferData.create(bytes);
    }
}
