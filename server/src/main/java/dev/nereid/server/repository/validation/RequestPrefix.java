package dev.nereid.server.repository.validation;

import dev.nereid.server.protocol.InferRequest;

/** The begin of an error's text, put together only where there is an error. */
record RequestPrefix(InferRequest.Header header) {
    @Override
    public String toString() {
        return header.prefix();
    }
}
