package dev.nereid.bench.perf.data;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * One input of a request.
 *
 * @param datatype by its KServe name
 * @param shape with the batch
 * @param bytes the elements, little-endian, strings with four bytes of length before each; read-only
 * @param region where the server finds it; empty if it travels with the request
 */
public record InputTensor(
        String name, String datatype, List<Long> shape, ByteBuffer bytes, Optional<InferenceRequest.Region> region) {
    public InputTensor {
        shape = List.copyOf(shape);
    }

    /** A view of the elements with a position of its own. */
    public ByteBuffer content() {
        return bytes.duplicate().order(java.nio.ByteOrder.LITTLE_ENDIAN);
    }
}
