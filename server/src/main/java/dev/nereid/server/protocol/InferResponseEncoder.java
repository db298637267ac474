package dev.nereid.server.protocol;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Encodes a response as JSON, with the outputs that a client wants in binary behind it. */
public final class InferResponseEncoder {
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE);

    private InferResponseEncoder() {}

    /**
     * Encodes a response. Binary outputs are not copied: the response stays open until the result has been written.
     *
     * @param outputs those of the response, classes in their place where the client wants classes
     * @param requested the outputs that the client named
     * @param binaryByDefault whether those that it did not name are answered in binary
     * @throws InferException if an output cannot be written as JSON
     */
    public static EncodedResponse encode(
            InferResponse response,
            List<OutputTensor> outputs,
            List<RequestedOutput> requested,
            boolean binaryByDefault) {
        Map<String, Boolean> binaryByName = new HashMap<>();
        for (RequestedOutput output : requested) {
            binaryByName.put(output.name(), output.binary());
        }
        JsonWriter json = new JsonWriter();
        List<Tensor> binary = new ArrayList<>();
        json.beginObject();
        if (!response.id().isEmpty()) {
            json.name("id").value(response.id());
        }
        json.name("model_name").value(response.modelName());
        json.name("model_version").value(response.modelVersion());
        if (!response.parameters().isEmpty()) {
            json.name("parameters").beginObject();
            response.parameters().forEach((key, value) -> parameter(json.name(key), value));
            json.endObject();
        }
        json.name("outputs").beginArray();
        for (OutputTensor output : outputs) {
            if (binaryByName.getOrDefault(output.name(), binaryByDefault)) {
                binary.add(output.tensor());
                output(json, output, true);
            } else {
                output(json, output, false);
            }
        }
        json.endArray().endObject();
        return new EncodedResponse(json, binary);
    }

    private static void parameter(JsonWriter json, Parameter value) {
        switch (value) {
            case Parameter.Bool bool -> json.value(bool.value());
            case Parameter.Int integer -> json.value(integer.value());
            case Parameter.Real real -> json.value(real.value());
            case Parameter.Text text -> json.value(text.value());
        }
    }

    private static void output(JsonWriter json, OutputTensor output, boolean binary) {
        Tensor tensor = output.tensor();
        json.beginObject();
        json.name("name").value(output.name());
        json.name("datatype").value(tensor.dataType().protocolName());
        json.name("shape").beginArray();
        for (long dim : tensor.shape().dims()) {
            json.value(dim);
        }
        json.endArray();
        if (binary) {
            json.name("parameters").beginObject();
            json.name("binary_data_size").value(EncodedResponse.binarySize(tensor));
            json.endObject();
        } else {
            json.name("data").beginArray();
            data(json, tensor);
            json.endArray();
        }
        json.endObject();
    }

    private static void data(JsonWriter json, Tensor tensor) {
        long elements = tensor.shape().elements();
        DataType type = tensor.dataType();
        if (type == DataType.STRING) {
            byte[][] strings = tensor.strings();
            for (int i = 0; i < elements; i++) {
                json.string(strings[i]);
            }
            return;
        }
        MemorySegment segment = tensor.segment();
        switch (type) {
            case BOOL -> {
                for (long i = 0; i < elements; i++) {
                    json.value(segment.get(ValueLayout.JAVA_BYTE, i) != 0);
                }
            }
            case INT8 -> {
                for (long i = 0; i < elements; i++) {
                    json.value((long) segment.get(ValueLayout.JAVA_BYTE, i));
                }
            }
            case UINT8 -> {
                for (long i = 0; i < elements; i++) {
                    json.value(Byte.toUnsignedLong(segment.get(ValueLayout.JAVA_BYTE, i)));
                }
            }
            case INT16 -> {
                for (long i = 0; i < elements; i++) {
                    json.value((long) segment.get(SHORT, i * Short.BYTES));
                }
            }
            case UINT16 -> {
                for (long i = 0; i < elements; i++) {
                    json.value(Short.toUnsignedLong(segment.get(SHORT, i * Short.BYTES)));
                }
            }
            case INT32 -> {
                for (long i = 0; i < elements; i++) {
                    json.value((long) segment.get(INT, i * Integer.BYTES));
                }
            }
            case UINT32 -> {
                for (long i = 0; i < elements; i++) {
                    json.value(Integer.toUnsignedLong(segment.get(INT, i * Integer.BYTES)));
                }
            }
            case INT64 -> {
                for (long i = 0; i < elements; i++) {
                    json.value(segment.get(LONG, i * Long.BYTES));
                }
            }
            case UINT64 -> {
                for (long i = 0; i < elements; i++) {
                    json.unsignedValue(segment.get(LONG, i * Long.BYTES));
                }
            }
            case FP32 -> {
                for (long i = 0; i < elements; i++) {
                    json.value((double) segment.get(FLOAT, i * Float.BYTES));
                }
            }
            case FP64 -> {
                for (long i = 0; i < elements; i++) {
                    json.value(segment.get(DOUBLE, i * Double.BYTES));
                }
            }
            default ->
                throw InferException.invalid("sending " + type.protocolName()
                        + " data via JSON is not supported. Please use the binary data format for output");
        }
    }
}
