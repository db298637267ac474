package dev.nereid.server.http;

/** Answers the requests of one route. Runs on the connection's virtual thread and may block. */
@FunctionalInterface
public interface RouteHandler {
    /**
     * Answers one request.
     *
     * @throws dev.nereid.server.protocol.InferException answered as JSON with the code's status
     */
    void handle(Exchange exchange);
}
