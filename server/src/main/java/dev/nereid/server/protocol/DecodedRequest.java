package dev.nereid.server.protocol;

import java.util.List;
import java.util.Objects;

/**
 * A request's body, taken apart but not held against a model yet. Owns the memory of its inputs until it is closed or
 * the memory is handed on to an {@link InferRequest}.
 *
 * @param binaryByDefault whether outputs that the client did not name are answered as binary data
 * @param memory what the inputs lie in
 */
public record DecodedRequest(
        InferRequest.Header header,
        List<DecodedInput> inputs,
        List<RequestedOutput> outputs,
        boolean binaryByDefault,
        List<? extends AutoCloseable> memory)
        implements AutoCloseable {
    public DecodedRequest {
        Objects.requireNonNull(header, "header");
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        memory = List.copyOf(memory);
    }

    /** The same body under another header. Takes the memory over. */
    public DecodedRequest withHeader(InferRequest.Header newHeader) {
        return new DecodedRequest(newHeader, inputs, outputs, binaryByDefault, memory);
    }

    @Override
    public void close() {
        Closing.all(memory);
    }
}
