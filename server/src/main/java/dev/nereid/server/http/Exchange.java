package dev.nereid.server.http;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.JsonWriter;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** One request and its answer, in the terms of handlers. Used by the connection's thread alone. */
final class Exchange {
    /** Of the codes that are used, only this one has another reason phrase than the standard's. */
    private static final Status NOT_ALLOWED = Status.create(405, "Not Allowed");

    private static final byte[] NOTHING = new byte[0];

    private final ServerRequest request;
    private final ServerResponse response;
    private final Map<String, String> variables;

    Exchange(ServerRequest request, ServerResponse response, Map<String, String> variables) {
        this.request = request;
        this.response = response;
        this.variables = variables;
    }

    /** The model that the path names. */
    String model() {
        return variables.getOrDefault("model", "");
    }

    /** The version that the path names; empty for the server's choice. */
    String version() {
        return variables.getOrDefault("version", "");
    }

    /** Whether the path has that variable. */
    boolean hasVariable(String name) {
        return variables.containsKey(name);
    }

    Optional<String> header(HeaderName name) {
        return request.headers().first(name);
    }

    /** What Content-Length says; empty for a chunked body and for none. */
    OptionalLong contentLength() {
        return request.headers().contentLength();
    }

    /** Whether a body comes with the request. */
    boolean hasBody() {
        return request.content().hasEntity();
    }

    InputStream body() {
        return request.content().inputStream();
    }

    /** Answers 200 without a body. */
    void respondEmpty(ContentType type) {
        respond(200, type, NOTHING);
    }

    void respond(int status, ContentType type, byte[] body) {
        head(status, type);
        response.send(body);
    }

    void respond(JsonWriter json) {
        respond(200, ContentType.JSON, json.toBytes());
    }

    /** Answers an error as clients of Triton expect it. */
    void respondError(InferException error, ContentType type) {
        // Whole seconds, rounded up: a client that comes too early makes things worse.
        error.retryAfter()
                .ifPresent(time -> setHeader(
                        HeaderNames.RETRY_AFTER,
                        Long.toString(Math.max(time.plusSeconds(1).minusNanos(1).toSeconds(), 1))));
        respondError(error.code().httpStatus(), error.text(), type);
    }

    void respondError(int status, String text, ContentType type) {
        respond(
                status,
                type,
                new JsonWriter()
                        .beginObject()
                        .name("error")
                        .value(text)
                        .endObject()
                        .toBytes());
    }

    /** Sets status and content type; the body is the caller's to send. */
    ServerResponse head(int status, ContentType type) {
        response.status(status == 405 ? NOT_ALLOWED : Status.create(status));
        response.header(HeaderNames.CONTENT_TYPE, type.value());
        return response;
    }

    void setHeader(HeaderName name, String value) {
        response.header(name, value);
    }

    /** Has the connection closed after this answer. */
    void closeAfterwards() {
        response.header(HeaderNames.CONNECTION, "close");
    }

    boolean isAnswered() {
        return response.isSent();
    }
}
