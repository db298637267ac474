package dev.nereid.bench.perf.data;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * One input of a request.
 *
 * @param datatype by its KServe name
 * @param shape with the batch
 * @param bytes the elements, little-endian, strings with four bytes of length before each; read-only
 */
public record InputTensor(String name, String datatype, List<Long> shape, ByteBuffer bytes) {
    public InputTensor {
        shape = List.copyOf(shape);
    }

    /** A view of the elements with a position of its own. */
    public ByteBuffer content() {
        return bytes.duplicate().order(java.nio.ByteOrder.LITTLE_ENDIAN);
    }
}
