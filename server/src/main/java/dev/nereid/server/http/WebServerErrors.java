package dev.nereid.server.http;

import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.JsonWriter;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.DirectHandlers;
import org.jspecify.annotations.Nullable;

/**
 * Gives the errors that the web server answers itself the body of all others. In Triton's dialect a connection that is sent
 * something else than HTTP is closed without an answer; a body framed in two ways at once is refused in both, for Triton
 * reads such a request in another way than the proxy in front of it may have.
 */
final class WebServerErrors implements DirectHandler {
    private final Dialect dialect;

    private WebServerErrors(Dialect dialect) {
        this.dialect = dialect;
    }

    /** For every kind of error. */
    static DirectHandlers handlers(Dialect dialect) {
        DirectHandlers.Builder handlers = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            handlers.addHandler(type, new WebServerErrors(dialect));
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
        if (dialect == Dialect.TRITON
                && type == EventType.BAD_REQUEST
                && !request.headers().contains(HeaderNames.TRANSFER_ENCODING)) {
            throw new CloseConnectionException("the client does not speak HTTP: " + message);
        }
        String text = message == null || message.isEmpty() ? status.reasonPhrase() : message;
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
