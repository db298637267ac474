package dev.nereid.server.http.connection;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpPrologue;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.http.ServerRequest;
import java.util.List;
import java.util.Optional;

/**
 * Refuses requests that somebody else may read as another one, such as a proxy in front that decides who may send it: with a
 * body whose end is not certain, no or several hosts, or bytes that do not belong into a head and that the web server lets pass.
 */
public final class RequestHead {
    private RequestHead() {}

    /**
     * What is wrong with a head that the web server has read; empty if nothing is.
     *
     * @param http10 whether the request speaks HTTP/1.0, where Host is optional
     */
    public static Optional<String> wrong(ServerRequest request, boolean http10) {
        ServerRequestHeaders headers = request.headers();
        return wrongTarget(request.prologue())
                .or(() -> wrongHost(headers.all(HeaderNames.HOST, List::of), http10))
                .or(() -> wrongLength(headers.all(HeaderNames.CONTENT_LENGTH, List::of)))
                .or(() -> wrongName(headers));
    }

    /** The path alone: the web server checks what is behind it. */
    private static Optional<String> wrongTarget(HttpPrologue prologue) {
        String path = prologue.uriPath().rawPath();
        for (int i = 0; i < path.length(); i++) {
            char next = path.charAt(i);
            if (next <= ' ' || next == 0x7F) {
                return Optional.of("expected a request target without control characters, got byte " + (int) next
                        + " at its position " + i);
            }
        }
        return Optional.empty();
    }

    private static Optional<String> wrongHost(List<String> hosts, boolean http10) {
        return hosts.size() > 1 || (hosts.isEmpty() && !http10)
                ? Optional.of("expected one header Host, got " + (hosts.isEmpty() ? "none" : hosts.size()))
                : Optional.empty();
    }

    private static Optional<String> wrongLength(List<String> lengths) {
        return lengths.size() > 1 || (lengths.size() == 1 && !isNumber(lengths.getFirst()))
                ? Optional.of("expected one Content-Length that is a number, got " + String.join(" and ", lengths))
                : Optional.empty();
    }

    private static boolean isNumber(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /** Of names the web server checks the characters alone. */
    private static Optional<String> wrongName(ServerRequestHeaders headers) {
        for (Header header : headers) {
            if (header.name().isEmpty()) {
                return Optional.of("expected headers as 'name: value', got one without a name");
            }
        }
        return Optional.empty();
    }
}
