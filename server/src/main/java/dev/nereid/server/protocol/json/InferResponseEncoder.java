package dev.nereid.server.protocol.json;

import dev.nereid.server.protocol.BytesCodec;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.protocol.SharedRange;
import dev.nereid.server.protocol.SharedTensors;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Encodes a response as JSON, with the outputs that a client wants in binary behind it. */
public final class InferResponseEncoder {
    private static final int HEAD_BYTES = 512;
    /** Of a float as a double, with its comma. */
    private static final int NUMBER_BYTES = 22;
    /** What is longer grows: the guess may be ten times what small integers take. */
    private static final long MOST_EXPECTED_BYTES = 4 << 20;

    private InferResponseEncoder() {}

    /**
     * Encodes a response. Binary outputs are not copied: the response stays open until the result has been written.
     *
     * @param outputs those of the response, classes in their place where the client wants classes
     * @param requested the outputs that the client named; those with a place in its memory are copied there
     * @param binaryByDefault whether those that it did not name are answered in binary
     * @param dialect what JSON may carry
     * @param share what the request holds of the heap: grows by the JSON
     * @throws InferException if an output cannot be written as JSON, or does not go into the place it is to go to
     */
    public static EncodedResponse encode(
            InferResponse response,
            List<OutputTensor> outputs,
            List<RequestedOutput> requested,
            boolean binaryByDefault,
            Dialect dialect,
            RequestBudget.Share share) {
        Map<String, RequestedOutput> byName = byName(requested);
        JsonWriter json = new JsonWriter(expectedBytes(outputs, byName, binaryByDefault), share);
        List<Tensor> binary = new ArrayList<>();
        json.beginObject();
        if (!response.id().isEmpty()) {
            json.name("id").value(response.id());
        }
        json.name("model_name").value(response.modelName());
        json.name("model_version").value(response.modelVersion());
        if (!response.parameters().isEmpty()) {
            json.name("parameters").beginObject();
            response.parameters().forEach((key, value) -> JsonTensorWriter.parameter(json.name(key), value));
            json.endObject();
        }
        json.name("outputs").beginArray();
        for (OutputTensor output : outputs) {
            Optional<RequestedOutput> wanted = Optional.ofNullable(byName.get(output.name()));
            Optional<SharedRange> place = wanted.flatMap(RequestedOutput::place);
            json.beginObject();
            description(json, output);
            if (place.isPresent()) {
                SharedTensors.write(output.name(), output.tensor(), place.get());
            } else if (wanted.map(RequestedOutput::binary).orElse(binaryByDefault)) {
                binary.add(output.tensor());
                json.name("parameters").beginObject();
                json.name("binary_data_size").value(BytesCodec.binarySize(output.tensor()));
                json.endObject();
            } else if (wanted.map(RequestedOutput::base64).orElse(false)) {
                base64(json, output);
            } else {
                json.name("data").beginArray();
                JsonTensorWriter.elements(json, output.tensor(), dialect);
                json.endArray();
            }
            json.endObject();
        }
        json.endArray().endObject();
        return new EncodedResponse(json, binary);
    }

    private static Map<String, RequestedOutput> byName(List<RequestedOutput> requested) {
        if (requested.isEmpty()) {
            return Map.of();
        }
        Map<String, RequestedOutput> byName = new HashMap<>();
        for (RequestedOutput output : requested) {
            byName.put(output.name(), output);
        }
        return byName;
    }

    /** About how long the JSON will be, so that it is written without being moved. */
    private static long expectedBytes(
            List<OutputTensor> outputs, Map<String, RequestedOutput> requested, boolean binaryByDefault) {
        long bytes = HEAD_BYTES;
        for (OutputTensor output : outputs) {
            RequestedOutput wanted = requested.get(output.name());
            if (wanted == null
                    ? !binaryByDefault
                    : !wanted.binary() && wanted.place().isEmpty()) {
                bytes += output.tensor().shape().elements() * NUMBER_BYTES;
            }
        }
        return Math.min(bytes, MOST_EXPECTED_BYTES);
    }

    private static void base64(JsonWriter json, OutputTensor output) {
        Tensor tensor = output.tensor();
        Base64Strings.check(output.name(), tensor.dataType());
        json.name("parameters").beginObject();
        json.name(Base64Strings.PARAMETER).value(true).endObject();
        json.name("data").beginArray();
        Base64Strings.write(json, tensor.strings(), tensor.shape().elements());
        json.endArray();
    }

    private static void description(JsonWriter json, OutputTensor output) {
        json.name("name").value(output.name());
        json.name("datatype").value(output.tensor().dataType().protocolName());
        json.name("shape").beginArray();
        for (long dim : output.tensor().shape().dims()) {
            json.value(dim);
        }
        json.endArray();
    }
}
