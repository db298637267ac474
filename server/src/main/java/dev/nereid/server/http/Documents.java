package dev.nereid.server.http;

import dev.nereid.server.protocol.json.JsonValue;

/** Reads bodies that are one JSON document. */
final class Documents {
    private final RequestBodies bodies;

    Documents(RequestBodies bodies) {
        this.bodies = bodies;
    }

    /**
     * The body as JSON.
     *
     * @throws dev.nereid.server.protocol.InferException if it is none, an empty body included
     */
    JsonValue read(Exchange exchange) {
        byte[] body = bodies.whole(exchange);
        return JsonValue.parse(body, 0, body.length, exchange.memory());
    }
}
