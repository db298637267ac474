package dev.nereid.bench.perf.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.nereid.bench.perf.data.ElementType;
import dev.nereid.bench.perf.data.InferenceRequest;
import dev.nereid.bench.perf.data.InputTensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/**
 * Writes bodies of the KServe v2 protocol with its binary extension.
 *
 * @param binaryInputs whether tensors follow the JSON as bytes; else they are numbers in it
 * @param binaryOutputs whether answers shall have them so
 */
public record HttpEncoder(boolean binaryInputs, boolean binaryOutputs) {
    private static final JsonFactory JSON = new JsonFactory();

    /** A body and the length of the JSON at its begin; 0 where there is nothing else. */
    record Body(ByteBuffer bytes, int jsonLength) {}

    Body encode(InferenceRequest request) {
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
            for (String output : request.outputs()) {
                output(to, output);
            }
            to.writeEndArray();
            to.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int binary = (binaryInputs ? request.inputs() : List.<InputTensor>of())
                .stream().mapToInt(input -> input.content().remaining()).sum();
        ByteBuffer body = ByteBuffer.allocate(json.size() + binary).put(json.toByteArray());
        if (binaryInputs) {
            request.inputs().forEach(input -> body.put(input.content()));
        }
        return new Body(body.flip(), binary > 0 ? json.size() : 0);
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
        if (binaryInputs) {
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

    private void output(JsonGenerator to, String output) throws IOException {
        to.writeStartObject();
        to.writeStringField("name", output);
        to.writeObjectFieldStart("parameters");
        to.writeBooleanField("binary_data", binaryOutputs);
        to.writeEndObject();
        to.writeEndObject();
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
}
