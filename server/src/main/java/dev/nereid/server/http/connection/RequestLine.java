package dev.nereid.server.http.connection;

import io.helidon.http.DirectHandler;
import io.helidon.http.RequestException;

/** The method at the front of a request, which the web server takes for a failure of its own where it is none. */
final class RequestLine {
    /** What a token may have beside letters and digits (RFC 9110, 5.6.2). */
    private static final String MARKS = "!#$%&'*+-.^_`|~";

    private RequestLine() {}

    /**
     * Checks what stands before the first blank of the first line; a line without one is left to the web server.
     *
     * @param bytes the beginning of a request
     * @throws RequestException as for any other text that is no request
     */
    static void check(byte[] bytes) {
        boolean token = true;
        for (int i = 0; i < bytes.length && bytes[i] != '\r' && bytes[i] != '\n'; i++) {
            if (bytes[i] == ' ') {
                if (i == 0 || !token) {
                    throw RequestException.builder()
                            .type(DirectHandler.EventType.BAD_REQUEST)
                            .message("the request line does not begin with a method")
                            .build();
                }
                return;
            }
            token = token && isTokenByte(bytes[i]);
        }
    }

    /** Whether names in HTTP, of methods and headers, may have that byte. */
    static boolean isTokenByte(byte next) {
        return (next >= 'a' && next <= 'z')
                || (next >= 'A' && next <= 'Z')
                || (next >= '0' && next <= '9')
                || MARKS.indexOf(next) >= 0;
    }
}
