package dev.nereid.server.torchserve.rest;

import dev.nereid.server.http.ContentType;
import dev.nereid.server.http.Exchange;
import dev.nereid.server.http.RequestBodies;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.torchserve.TorchServeException;
import dev.nereid.server.torchserve.TorchServeException.Kind;
import dev.nereid.server.torchserve.handler.RequestPart;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** One request to the REST API and its answer. Used by the connection's thread alone. */
final class RestCall {
    private final Exchange exchange;
    private final RequestBodies bodies;
    private final String method;
    private final Map<String, String> variables;
    private final String requestId;
    private final Map<String, RequestPart> query;
    private int status;

    /**
     * A request.
     *
     * @param requestId the server's own
     * @throws TorchServeException if its query has letters that are no visible ASCII, or too many parameters
     */
    RestCall(Exchange exchange, RequestBodies bodies, String method, Map<String, String> variables, String requestId) {
        this.exchange = exchange;
        this.bodies = bodies;
        this.method = method;
        this.variables = variables;
        this.requestId = requestId;
        if (!exchange.query().chars().allMatch(letter -> letter > ' ' && letter <= '~')) {
            throw new TorchServeException(Kind.BAD_REQUEST, "expected a query of visible ASCII letters");
        }
        this.query = RequestParts.urlEncoded(exchange.query());
    }

    Exchange exchange() {
        return exchange;
    }

    String method() {
        return method;
    }

    String requestId() {
        return requestId;
    }

    /** What a variable of the path stands for; empty if the path does not have it. */
    String variable(String name) {
        return variables.getOrDefault(name, "");
    }

    /** All parameters behind the path. */
    Map<String, RequestPart> query() {
        return query;
    }

    /** A parameter behind the path; empty where it is missing or has no text. */
    Optional<String> parameter(String name) {
        return Optional.ofNullable(query.get(name))
                .map(part -> new String(part.bytes(), StandardCharsets.UTF_8))
                .filter(text -> !text.isEmpty());
    }

    /**
     * A parameter that is a number; empty where it is missing.
     *
     * @throws TorchServeException if it is none
     */
    OptionalInt number(String name) {
        return number(name, parameter(name));
    }

    static OptionalInt number(String name, Optional<String> text) {
        if (text.isEmpty()) {
            return OptionalInt.empty();
        }
        try {
            return OptionalInt.of(Integer.parseInt(text.get()));
        } catch (NumberFormatException e) {
            throw new TorchServeException(
                    Kind.BAD_REQUEST,
                    name + ": expected a whole number, got '"
                            + text.get().substring(0, Math.min(80, text.get().length())) + "'",
                    e);
        }
    }

    /**
     * The whole body.
     *
     * @throws TorchServeException if it is larger than the configuration allows
     */
    byte[] body() {
        try {
            return bodies.wholeInflated(exchange);
        } catch (InferException e) {
            throw e.code() == InferException.Code.INVALID_ARG
                    ? new TorchServeException(Kind.TOO_LARGE, "Request Entity Too Large: see max_request_size", e)
                    : TorchServeException.of(e);
        }
    }

    /** The header that says what the body is; empty where there is none. */
    String contentType() {
        return exchange.header("content-type").orElse("");
    }

    /** Answers with JSON. */
    void respond(int newStatus, byte[] document) {
        status = newStatus;
        exchange.respond(newStatus, ContentType.JSON, document);
    }

    /** Answers with the text of the metrics. */
    void respondMetrics(String text) {
        status = 200;
        exchange.respond(status, ContentType.PROMETHEUS, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Answers with what a handler made, of which nothing says what it is. */
    void respondUntyped(byte[] body) {
        status = 200;
        exchange.respondUntyped(status, body);
    }

    /** Begins an answer in pieces. */
    OutputStream respondInPieces() {
        status = 200;
        return exchange.chunkedUntyped(status);
    }

    /** Of the answer; 0 before it. */
    int status() {
        return status;
    }
}
