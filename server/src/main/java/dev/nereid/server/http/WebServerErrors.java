package dev.nereid.server.http;

import dev.nereid.server.protocol.JsonWriter;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;
import org.jspecify.annotations.Nullable;

/** Gives the errors that the web server answers itself, such as malformed request lines, the body of all others. */
final class WebServerErrors implements DirectHandler {
    private WebServerErrors() {}

    /** For every kind of error. */
    static DirectHandlers handlers() {
        DirectHandlers.Builder handlers = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            handlers.addHandler(type, new WebServerErrors());
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
