package dev.nereid.perf.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.perf.data.ElementType;
import dev.nereid.perf.data.InferenceRequest;
import dev.nereid.perf.data.InputTensor;
import dev.nereid.perf.data.JsonElements;
import dev.nereid.perf.data.RegionSlice;
import dev.nereid.perf.data.RequestedOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The KServe v2 protocol with its binary extension.
 *
 * @param version of the model; empty for the server's choice
 * @param binaryInputs whether tensors follow the JSON as bytes; else they are numbers in it
 * @param binaryOutputs whether answers shall have them so
 */
public record KserveFormat(String model, String version, boolean binaryInputs, boolean binaryOutputs)
        implements HttpFormat {
    private static final JsonFactory JSON = new JsonFactory();
    private static final ObjectMapper READER = new ObjectMapper();

    @Override
    public String path() {
        return "/v2/models/" + model + (version.isEmpty() ? "" : "/versions/" + version) + "/infer";
    }

    @Override
    public Body encode(InferenceRequest request) {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        try (JsonGenerator to = JSON.createGenerator(json)) {
            to.writeStartObject();
            parameters(to, request.parameters());
            to.writeArrayFieldStart("inputs");
            for (InputTensor input : request.inputs()) {
                input(to, input);
            }
            to.writeEndArray();
            to.writeArrayFieldStart("outputs");
            for (RequestedOutput output : request.outputs()) {
                output(to, output);
            }
            to.writeEndArray();
            to.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<InputTensor> behind =
                request.inputs().stream().filter(this::followsTheJson).toList();
        int binary =
                behind.stream().mapToInt(input -> input.content().remaining()).sum();
        ByteBuffer body = ByteBuffer.allocate(json.size() + binary).put(json.toByteArray());
        behind.forEach(input -> body.put(input.content()));
        return new Body(
                body.flip(),
                binary > 0 ? "application/octet-stream" : "application/json",
                binary > 0 ? json.size() : 0);
    }

    private boolean followsTheJson(InputTensor input) {
        return binaryInputs && input.region().isEmpty();
    }

    private void input(JsonGenerator to, InputTensor input) throws IOException {
        to.writeStartObject();
        to.writeStringField("name", input.name());
        to.writeStringField("datatype", input.datatype());
        to.writeArrayFieldStart("shape");
        for (long dim : input.shape()) {
            to.writeNumber(dim);
        }
        to.writeEndArray();
        if (input.region().isPresent()) {
            to.writeObjectFieldStart("parameters");
            region(to, input.region().get());
            to.writeEndObject();
        } else if (binaryInputs) {
            to.writeObjectFieldStart("parameters");
            to.writeNumberField("binary_data_size", input.content().remaining());
            to.writeEndObject();
        } else {
            to.writeArrayFieldStart("data");
            ElementType type = ElementType.of(input.datatype());
            for (ByteBuffer from = input.content(); from.hasRemaining(); ) {
                to.writePOJO(type.next(from));
            }
            to.writeEndArray();
        }
        to.writeEndObject();
    }

    private void output(JsonGenerator to, RequestedOutput output) throws IOException {
        to.writeStartObject();
        to.writeStringField("name", output.name());
        to.writeObjectFieldStart("parameters");
        if (output.region().isPresent()) {
            to.writeBooleanField("binary_data", false);
            region(to, output.region().get());
        } else {
            to.writeBooleanField("binary_data", binaryOutputs);
        }
        to.writeEndObject();
        to.writeEndObject();
    }

    private static void region(JsonGenerator to, RegionSlice slice) throws IOException {
        to.writeStringField("shared_memory_region", slice.region());
        if (slice.offset() > 0) {
            to.writeNumberField("shared_memory_offset", slice.offset());
        }
        to.writeNumberField("shared_memory_byte_size", slice.bytes());
    }

    private static void parameters(JsonGenerator to, Map<String, Object> parameters) throws IOException {
        if (parameters.isEmpty()) {
            return;
        }
        to.writeObjectFieldStart("parameters");
        for (Map.Entry<String, Object> parameter : parameters.entrySet()) {
            to.writeFieldName(parameter.getKey());
            to.writePOJO(parameter.getValue());
        }
        to.writeEndObject();
    }

    @Override
    public Map<String, ByteBuffer> outputs(byte[] body, int jsonLength) {
        int json = jsonLength > 0 ? jsonLength : body.length;
        Map<String, ByteBuffer> outputs = new HashMap<>();
        try {
            int at = json;
            for (JsonNode output : READER.readTree(body, 0, json).path("outputs")) {
                JsonNode size = output.path("parameters").path("binary_data_size");
                String name = output.path("name").asText();
                if (size.isNumber()) {
                    outputs.put(name, ByteBuffer.wrap(body, at, size.asInt()));
                    at += size.asInt();
                } else if (output.has("data")) {
                    outputs.put(
                            name,
                            JsonElements.of(
                                    ElementType.of(output.path("datatype").asText()), output.path("data")));
                }
            }
        } catch (IOException | IndexOutOfBoundsException e) {
            throw new IllegalStateException("an answer cannot be read: " + e.getMessage(), e);
        }
        return outputs;
    }
}
