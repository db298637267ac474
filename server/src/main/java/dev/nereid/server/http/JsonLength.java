package dev.nereid.server.http;

import dev.nereid.server.protocol.InferException;

/** How clients of a front say where the JSON of a body ends and its binary data begins. */
interface JsonLength {
    /**
     * The bytes that are JSON; all of them where the request says nothing, 0 for a body that is one tensor's data.
     *
     * @param bodyBytes length of the body
     * @throws InferException if it says what cannot be
     */
    long of(Exchange exchange, long bodyBytes);
}
