package dev.nereid.server.protocol;

import java.util.Optional;

/** What a request's protocol says of it beside its message. Asked only where a model has traffic. */
public interface RequestOrigin {
    /** Of requests that no client sent over a protocol. */
    RequestOrigin NONE = new RequestOrigin() {
        @Override
        public Optional<String> header(String name) {
            return Optional.empty();
        }

        @Override
        public Optional<String> principal() {
            return Optional.empty();
        }
    };

    /** The first value of a header, or of gRPC's metadata, whatever the case of its name. */
    Optional<String> header(String name);

    /** Who the client is: the subject of its TLS certificate, else what it authorises itself with. */
    Optional<String> principal();
}
