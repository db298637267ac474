package dev.nereid.perf.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.perf.data.ElementType;
import dev.nereid.perf.data.InferenceRequest;
import dev.nereid.perf.data.InputTensor;
import dev.nereid.perf.data.JsonElements;
import dev.nereid.perf.model.ModelContract;
import dev.nereid.perf.model.TensorSpec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** TensorFlow Serving's REST interface: tensors by name, as nested lists. */
public record TfServingFormat(ModelContract model, String signature) implements HttpFormat {
    private static final JsonFactory JSON = new JsonFactory();
    private static final ObjectMapper READER = new ObjectMapper();

    @Override
    public String path() {
        String version = model.version().isEmpty() ? "" : "/versions/" + model.version();
        return "/v1/models/" + model.name() + version + ":predict";
    }

    @Override
    public Body encode(InferenceRequest request) {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        try (JsonGenerator to = JSON.createGenerator(json)) {
            to.writeStartObject();
            to.writeStringField("signature_name", signature);
            to.writeObjectFieldStart("inputs");
            for (InputTensor input : request.inputs()) {
                to.writeFieldName(input.name());
                nested(to, ElementType.of(input.datatype()), input.shape(), input.content());
            }
            to.writeEndObject();
            to.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Body(ByteBuffer.wrap(json.toByteArray()), "application/json", 0);
    }

    private static void nested(JsonGenerator to, ElementType type, List<Long> shape, ByteBuffer from)
            throws IOException {
        if (shape.isEmpty()) {
            to.writePOJO(type.next(from));
            return;
        }
        to.writeStartArray();
        for (long i = 0; i < shape.getFirst(); i++) {
            nested(to, type, shape.subList(1, shape.size()), from);
        }
        to.writeEndArray();
    }

    /** A single output comes without its name. */
    @Override
    public Map<String, ByteBuffer> outputs(byte[] body, int jsonLength) {
        try {
            JsonNode all = READER.readTree(body).path("outputs");
            Map<String, ByteBuffer> outputs = new HashMap<>();
            for (TensorSpec output : model.outputs()) {
                JsonNode value = all.isObject() ? all.path(output.name()) : all;
                if (!value.isMissingNode()) {
                    outputs.put(output.name(), JsonElements.of(ElementType.of(output.datatype()), value));
                }
            }
            return outputs;
        } catch (IOException e) {
            throw new IllegalStateException("an answer cannot be read: " + e.getMessage(), e);
        }
    }
}
