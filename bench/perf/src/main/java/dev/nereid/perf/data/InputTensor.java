package dev.nereid.perf.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/**
 * One tensor of a request, or one that is expected of an answer.
 *
 * @param datatype by its KServe name
 * @param shape with the batch
 * @param bytes the elements, little-endian, strings with four bytes of length before each; read-only
 * @param region where the server finds the elements; empty where they travel with the request
 */
public record InputTensor(
        String name, String datatype, List<Long> shape, ByteBuffer bytes, Optional<RegionSlice> region) {
    public InputTensor {
        shape = List.copyOf(shape);
    }

    /** A tensor that travels with its request. */
    public InputTensor(String name, String datatype, List<Long> shape, ByteBuffer bytes) {
        this(name, datatype, shape, bytes, Optional.empty());
    }

    /** The same tensor in shared memory. */
    public InputTensor in(RegionSlice slice) {
        return new InputTensor(name, datatype, shape, bytes, Optional.of(slice));
    }

    /** A view of the elements with a position of its own. */
    public ByteBuffer content() {
        return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }
}
