package dev.nereid.server.http;

import dev.nereid.server.http.connection.GuardedConnection;
import dev.nereid.server.protocol.HeaderForwarding;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.protocol.RequestOrigin;
import dev.nereid.server.protocol.json.JsonWriter;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.security.Principal;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request and its answer, in the terms of handlers. Used by the connection's thread alone. */
public final class Exchange {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    /** Of the codes that are used, only this one has another reason phrase than the standard's. */
    private static final Status NOT_ALLOWED = Status.create(405, "Not Allowed");

    private static final byte[] NOTHING = new byte[0];

    private static final int SENT_AT_ONCE = 64 << 10;

    private final ServerRequest request;
    private final ServerResponse response;
    private final Map<String, String> variables;
    private final RequestBudget.Share memory;
    private ErrorFormat errors;
    private Optional<InputStream> body = Optional.empty();
    private boolean begun;
    private boolean streaming;

    /**
     * One request of a connection.
     *
     * @param memory what the request holds of the heap; the caller closes it
     */
    Exchange(
            ServerRequest request,
            ServerResponse response,
            Map<String, String> variables,
            ErrorFormat errors,
            RequestBudget.Share memory) {
        this.memory = memory;
        this.request = request;
        this.response = response;
        this.variables = variables;
        this.errors = errors;
    }

    /** What the request and its answer hold of the heap. */
    public RequestBudget.Share memory() {
        return memory;
    }

    /** The model that the path names. */
    public String model() {
        return variable("model");
    }

    /** The version that the path names; empty for the server's choice. */
    public String version() {
        return variable("version");
    }

    /** What follows the path behind a question mark, as the client wrote it; empty where nothing does. */
    public String query() {
        return Objects.requireNonNullElse(request.prologue().query().rawValue(), "");
    }

    /** What a variable of the path stands for; empty if the path does not have it. */
    public String variable(String name) {
        return variables.getOrDefault(name, "");
    }

    /** Whether the path has that variable. */
    public boolean hasVariable(String name) {
        return variables.containsKey(name);
    }

    public Optional<String> header(HeaderName name) {
        return request.headers().first(name);
    }

    /** The first value of the header of that name, whatever its case. */
    public Optional<String> header(String name) {
        return header(HeaderNames.create(name));
    }

    /** The headers of the request, each with its first value. */
    public Iterable<HeaderForwarding.Header> headers() {
        return request.headers().stream()
                .map(header -> new HeaderForwarding.Header(header.name(), header.get()))
                .toList();
    }

    /** What is known of the request beside its message. */
    public RequestOrigin origin() {
        return new RequestOrigin() {
            @Override
            public Optional<String> header(String name) {
                return Exchange.this.header(name);
            }

            @Override
            public Optional<String> principal() {
                return request.remotePeer()
                        .tlsPrincipal()
                        .map(Principal::getName)
                        .or(() -> Exchange.this.header(HeaderNames.AUTHORIZATION));
            }
        };
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
    public boolean hasBody() {
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
    public void respondEmpty(ContentType type) {
        respond(200, type, NOTHING);
    }

    public void respond(int status, ContentType type, byte[] body) {
        head(status, type);
        response.send(body);
    }

    /** Answers with bytes of which nothing says what they are. */
    public void respondUntyped(int status, byte[] body) {
        response.status(Status.create(status));
        response.send(body);
    }

    /** Answers with the first bytes of an array, which must not change. */
    public void respond(int status, ContentType type, byte[] body, int length) {
        ServerResponse head = head(status, type);
        if (length <= SENT_AT_ONCE) {
            head.send(body, 0, length);
            return;
        }
        try (OutputStream stream = sized(length)) {
            for (int position = 0; position < length; position += SENT_AT_ONCE) {
                stream.write(body, position, Math.min(SENT_AT_ONCE, length - position));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the client went away before it had the whole answer", e);
        }
    }

    public void respond(JsonWriter json) {
        respond(200, ContentType.JSON, json.toBytes());
    }

    /** Has errors that follow answered in another way. */
    public void answerErrorsWith(ErrorFormat format) {
        errors = format;
    }

    /** Answers an error as the clients of the protocol expect it. */
    public void respondError(InferException error, ContentType type) {
        LOG.debug("HTTP request failed: {}", error.text());
        // Whole seconds, rounded up: a client that comes too early makes things worse.
        error.retryAfter()
                .ifPresent(time -> setHeader(
                        HeaderNames.RETRY_AFTER,
                        Long.toString(Math.max(time.plusSeconds(1).minusNanos(1).toSeconds(), 1))));
        respond(errors.status(error), type, errors.document(error));
    }

    public void respondError(int status, String text, ContentType type) {
        respond(status, type, errors.document(status, text));
    }

    /** Sets status and content type; the body is the caller's to send. */
    public ServerResponse head(int status, ContentType type) {
        response.status(status == 405 ? NOT_ALLOWED : Status.create(status));
        response.header(HeaderNames.CONTENT_TYPE, type.value());
        return response;
    }

    /** Has something done, once, if the client hangs up before the request is answered. */
    public void onHangUp(Runnable hangUp) {
        if (GuardedConnection.CURRENT.isBound()) {
            GuardedConnection.CURRENT.get().onHangUp(hangUp);
        }
    }

    /** Whether the client knows chunks, of which HTTP/1.0 has none. */
    public boolean takesChunks() {
        return !GuardedConnection.CURRENT.isBound()
                || !GuardedConnection.CURRENT.get().isHttp10();
    }

    /** Begins a body whose length nobody knows yet; each flush sends what has been written. */
    public OutputStream chunked(int status, ContentType type) {
        head(status, type).header(HeaderValues.TRANSFER_ENCODING_CHUNKED);
        begun = true;
        return response.outputStream();
    }

    /** Begins a body whose length nobody knows yet, and of which nothing says what it is. */
    public OutputStream chunkedUntyped(int status) {
        response.status(Status.create(status));
        response.header(HeaderValues.TRANSFER_ENCODING_CHUNKED);
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

    public void setHeader(HeaderName name, String value) {
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
