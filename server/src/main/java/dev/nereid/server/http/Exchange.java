package dev.nereid.server.http;

import dev.nereid.server.http.connection.GuardedConnection;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.HeaderForwarding;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.protocol.json.JsonWriter;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request and its answer, in the terms of handlers. Used by the connection's thread alone. */
final class Exchange {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    /** Of the codes that are used, only this one has another reason phrase than the standard's. */
    private static final Status NOT_ALLOWED = Status.create(405, "Not Allowed");

    private static final byte[] NOTHING = new byte[0];

    private final ServerRequest request;
    private final ServerResponse response;
    private final Map<String, String> variables;
    private final RequestBudget.Share memory;
    private ToIntFunction<InferException> errorStatus;
    private Optional<InputStream> body = Optional.empty();
    private boolean begun;
    private boolean streaming;

    /** @param memory what the request holds of the heap; the caller closes it */
    Exchange(
            ServerRequest request,
            ServerResponse response,
            Map<String, String> variables,
            Dialect dialect,
            RequestBudget.Share memory) {
        this.memory = memory;
        this.request = request;
        this.response = response;
        this.variables = variables;
        this.errorStatus = error -> dialect.httpStatus(error.code());
    }

    /** What the request and its answer hold of the heap. */
    RequestBudget.Share memory() {
        return memory;
    }

    /** The model that the path names. */
    public String model() {
        return variable("model");
    }

    /** The version that the path names; empty for the server's choice. */
    String version() {
        return variable("version");
    }

    /** What a variable of the path stands for; empty if the path does not have it. */
    String variable(String name) {
        return variables.getOrDefault(name, "");
    }

    /** Whether the path has that variable. */
    boolean hasVariable(String name) {
        return variables.containsKey(name);
    }

    Optional<String> header(HeaderName name) {
        return request.headers().first(name);
    }

    /** The first value of the header of that name, whatever its case. */
    Optional<String> header(String name) {
        return header(HeaderNames.create(name));
    }

    /** The headers of the request, each with its first value. */
    Iterable<HeaderForwarding.Header> headers() {
        return request.headers().stream()
                .map(header -> new HeaderForwarding.Header(header.name(), header.get()))
                .toList();
    }

    /** Where the connection of the client ends on this machine. */
    SocketAddress localAddress() {
        return request.localPeer().address();
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
        if (body.isEmpty()) {
            body = Optional.of(request.content().inputStream());
        }
        return body.get();
    }

    /** How many chunks with data have been read of the body, so far. */
    int chunkCount() {
        return GuardedConnection.CURRENT.isBound()
                ? GuardedConnection.CURRENT.get().chunkCount()
                : 0;
    }

    /** Whether the client waits for a word before it sends the body, for which nobody has asked yet. */
    boolean isBodyWithheld() {
        return body.isEmpty() && header(HeaderNames.EXPECT).isPresent();
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

    /** Has errors that follow answered with statuses other than Triton's HTTP front's. */
    void answerErrorsWith(ToIntFunction<InferException> status) {
        errorStatus = status;
    }

    /** Answers an error as clients of Triton expect it. */
    void respondError(InferException error, ContentType type) {
        LOG.debug("HTTP request failed: {}", error.text());
        // Whole seconds, rounded up: a client that comes too early makes things worse.
        error.retryAfter()
                .ifPresent(time -> setHeader(
                        HeaderNames.RETRY_AFTER,
                        Long.toString(Math.max(time.plusSeconds(1).minusNanos(1).toSeconds(), 1))));
        respondError(errorStatus.applyAsInt(error), error.text(), type);
    }

    void respondError(int status, String text, ContentType type) {
        respond(status, type, errorDocument(text));
    }

    /** What Triton's clients expect of an error. */
    static byte[] errorDocument(String text) {
        return new JsonWriter()
                .beginObject()
                .name("error")
                .value(text)
                .endObject()
                .toBytes();
    }

    /** Sets status and content type; the body is the caller's to send. */
    ServerResponse head(int status, ContentType type) {
        response.status(status == 405 ? NOT_ALLOWED : Status.create(status));
        response.header(HeaderNames.CONTENT_TYPE, type.value());
        return response;
    }

    /** Whether the client knows chunks, of which HTTP/1.0 has none. */
    boolean takesChunks() {
        return !GuardedConnection.CURRENT.isBound()
                || !GuardedConnection.CURRENT.get().isHttp10();
    }

    /** Begins a body whose length nobody knows yet; each flush sends what has been written. */
    OutputStream chunked(int status, ContentType type) {
        head(status, type).header(HeaderValues.TRANSFER_ENCODING_CHUNKED);
        begun = true;
        return response.outputStream();
    }

    /** Begins a body of that length, whose head has been set. */
    OutputStream sized(long length) {
        response.contentLength(length);
        streaming = true;
        return response.outputStream();
    }

    /** Sends the end of a body of chunks, which the web server leaves out where the connection is closed at once. */
    void end() {
        if (begun) {
            ((RoutingResponse) response).commit();
        }
    }

    void setHeader(HeaderName name, String value) {
        response.header(name, value);
    }

    /** Has the connection closed after this answer. */
    void closeAfterwards() {
        response.header(HeaderNames.CONNECTION, "close");
    }

    /** Whether the answer has been sent, or a part of it. */
    boolean isAnswered() {
        return begun || streaming || response.isSent();
    }
}
