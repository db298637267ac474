package dev.nereid.server.trace;

import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonTensorWriter;
import dev.nereid.server.protocol.json.JsonWriter;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * A tensor as traces show it.
 *
 * @param data the first elements, separated by commas; empty for datatypes that JSON has no form for
 * @param shape the dims, separated by commas
 */
@SuppressWarnings("ArrayRecordComponent") // written once, and compared by nobody
record TensorText(byte[] data, String shape, String dataType) {
    /** What a trace shows of one tensor at most: no request may fill the memory by being traced. */
    private static final long MOST_ELEMENTS = 1 << 16;

    private static final long MOST_STRING_BYTES = 1 << 20;

    static TensorText of(Tensor tensor) {
        String shape =
                Arrays.stream(tensor.shape().dims()).mapToObj(Long::toString).collect(Collectors.joining(","));
        String type = tensor.dataType().protocolName();
        Tensor shown = first(tensor);
        JsonWriter json = new JsonWriter();
        try {
            JsonTensorWriter.elements(json, shown, Dialect.TRITON);
        } catch (InferException e) {
            return new TensorText(new byte[0], shape, type);
        }
        byte[] data = json.toBytes();
        if (shown.shape().elements() < tensor.shape().elements()) {
            byte[] more = ",...".getBytes(StandardCharsets.US_ASCII);
            int end = data.length;
            data = Arrays.copyOf(data, end + more.length);
            System.arraycopy(more, 0, data, end, more.length);
        }
        return new TensorText(data, shape, type);
    }

    /** The tensor's first elements as a tensor, all of them where it is small. */
    private static Tensor first(Tensor tensor) {
        long elements = tensor.shape().elements();
        long shown = Math.min(elements, MOST_ELEMENTS);
        if (tensor.dataType() == DataType.STRING) {
            byte[][] strings = tensor.strings();
            int count = 0;
            for (long bytes = 0; count < shown && bytes + strings[count].length <= MOST_STRING_BYTES; count++) {
                bytes += strings[count].length;
            }
            return Tensor.ofStrings(Shape.of(count), Arrays.copyOf(strings, count));
        }
        return Tensor.of(
                tensor.dataType(),
                Shape.of(shown),
                tensor.segment().asSlice(0, shown * tensor.dataType().bytes()));
    }

    long weight() {
        return (long) data.length + shape.length();
    }
}
