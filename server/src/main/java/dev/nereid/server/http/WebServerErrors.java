package dev.nereid.server.http;

import dev.nereid.server.http.connection.GuardedConnection;
import dev.nereid.server.http.connection.HttpLimits;
import dev.nereid.server.http.connection.RequestBytes;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.json.JsonWriter;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.DirectHandlers;
import org.jspecify.annotations.Nullable;

/**
 * Gives the errors that the web server answers itself the body of all others. In Triton's dialect a connection is closed without
 * an answer where it is sent something else than a request line, or a Content-Length that is no number. What is wrong behind a
 * request line is told in both: Triton reads such a request in another way than the proxy in front of it may have, and a client
 * that is cut off without a word sends it again.
 */
final class WebServerErrors implements DirectHandler {
    /** The web server's own text for headers that are too long, which it gives no status of their own. */
    private static final String HEADERS_TOO_LONG = "Header size exceeded";

    private static final Status TOO_LONG_HEADERS = Status.create(431, "Request Header Fields Too Large");

    private final Dialect dialect;
    private final HttpLimits limits;

    private WebServerErrors(Dialect dialect, HttpLimits limits) {
        this.dialect = dialect;
        this.limits = limits;
    }

    /** For every kind of error. */
    static DirectHandlers handlers(Dialect dialect, HttpLimits limits) {
        DirectHandlers.Builder handlers = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            handlers.addHandler(type, new WebServerErrors(dialect, limits));
        }
        return handlers.build();
    }

    @Override
    public TransportResponse handle(
            TransportRequest request,
            EventType type,
            Status status,
            ServerResponseHeaders headers,
            @Nullable String message) {
        if (status.equals(Status.REQUEST_URI_TOO_LONG_414)) {
            return tooLong(
                    status,
                    headers,
                    "the request line exceeds the maximum length of " + limits.mostRequestLineBytes() + " bytes");
        }
        if (type == EventType.BAD_REQUEST && HEADERS_TOO_LONG.equals(message)) {
            return tooLong(
                    TOO_LONG_HEADERS,
                    headers,
                    "the request's headers exceed the maximum size of " + limits.mostHeaderBytes() + " bytes");
        }
        if (RequestBytes.TOO_MANY_HEADERS.equals(message)) {
            return tooLong(
                    TOO_LONG_HEADERS, headers, "the request has more than " + RequestBytes.MOST_HEADERS + " headers");
        }
        if (dialect == Dialect.TRITON && type == EventType.BAD_REQUEST && (!hasLine(request) || hasLength(request))) {
            throw new CloseConnectionException("the client does not speak HTTP: " + message);
        }
        return answer(status, headers, message == null || message.isEmpty() ? status.reasonPhrase() : message);
    }

    /** Whether a request line has been read, and is not what is wrong. */
    private static boolean hasLine(TransportRequest request) {
        return request.protocolVersion().equals("HTTP/1.1") && !request.method().isEmpty();
    }

    /** Whether the headers have been read, and with them a length that is nothing else's but the body's. */
    private static boolean hasLength(TransportRequest request) {
        return request.headers().contains(HeaderNames.CONTENT_LENGTH)
                && !request.headers().contains(HeaderNames.TRANSFER_ENCODING);
    }

    /** Answers when the rest of the head is read: a client that is still sending would not see the answer. */
    private static TransportResponse tooLong(Status status, ServerResponseHeaders headers, String text) {
        if (GuardedConnection.CURRENT.isBound()) {
            GuardedConnection.CURRENT.get().discardHead();
        }
        return answer(status, headers, text);
    }

    private static TransportResponse answer(Status status, ServerResponseHeaders headers, String text) {
        byte[] body = new JsonWriter()
                .beginObject()
                .name("error")
                .value(text)
                .endObject()
                .toBytes();
        return TransportResponse.builder()
                .status(status)
                .headers(headers)
                .header(HeaderNames.CONTENT_TYPE, ContentType.JSON.value())
                .keepAlive(false)
                .entity(body)
                .build();
    }
}
