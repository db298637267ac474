package dev.nereid.server.protocol;

import java.util.Objects;
import java.util.Optional;

/**
 * One output that a client named in its request.
 *
 * @param classification number of classes to answer instead of the tensor; 0 for the tensor itself
 * @param binary whether the HTTP answer carries it as binary data; meaningless over gRPC
 * @param base64 whether the HTTP answer carries its strings as base64; not together with {@code binary} or a place
 * @param place memory of the client's that it goes to instead of into the answer; belongs to the request
 */
public record RequestedOutput(
        String name, int classification, boolean binary, boolean base64, Optional<SharedRange> place) {
    public RequestedOutput {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(place, "place");
    }

    /** An output that comes with the answer. */
    public RequestedOutput(String name, int classification, boolean binary) {
        this(name, classification, binary, false, Optional.empty());
    }
}
