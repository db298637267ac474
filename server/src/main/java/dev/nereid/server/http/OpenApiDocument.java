package dev.nereid.server.http;

import dev.nereid.server.protocol.ServerIdentity;
import dev.nereid.server.protocol.json.JsonWriter;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.validation.TensorMetadata;
import dev.nereid.tensor.DataType;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Describes what can be asked of a server in OpenAPI 3.1: for each model the request of an inference with the names,
 * datatypes and shapes of its own tensors, so that tools can check a request, or write its client, before it is sent.
 */
final class OpenApiDocument {
    private static final String VERSION = "3.1.0";
    private static final String JSON = "application/json";

    private final JsonWriter json = new JsonWriter();

    private OpenApiDocument() {}

    /** The document of a server of that name with these models. */
    static JsonWriter of(String serverName, List<Model> models) {
        OpenApiDocument document = new OpenApiDocument();
        document.write(serverName, models);
        return document.json;
    }

    private void write(String serverName, List<Model> models) {
        json.beginObject().name("openapi").value(VERSION);
        json.name("info").beginObject();
        json.name("title").value(serverName);
        json.name("version").value(ServerIdentity.VERSION);
        json.endObject();
        json.name("paths").beginObject();
        get("/v2/health/live", "Whether the server runs");
        get("/v2/health/ready", "Whether every model is ready");
        get("/v2", "What the server is and can do");
        for (Model model : models) {
            String path = "/v2/models/" + segment(model.name()) + "/versions/" + model.version();
            get(path, "The inputs and outputs of " + model.name());
            get(path + "/ready", "Whether " + model.name() + " is ready");
            infer(path + "/infer", model);
        }
        json.endObject().endObject();
    }

    /** A name as a segment of a path, in which a brace would begin a variable. */
    private static String segment(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private void get(String path, String summary) {
        json.name(path).beginObject().name("get").beginObject();
        json.name("summary").value(summary);
        json.name("responses").beginObject();
        json.name("200").beginObject().name("description").value("Yes").endObject();
        json.name("400").beginObject().name("description").value("No").endObject();
        json.endObject().endObject().endObject();
    }

    private void infer(String path, Model model) {
        json.name(path).beginObject().name("post").beginObject();
        json.name("summary").value("Runs " + model.name() + " on its inputs");
        json.name("requestBody").beginObject();
        json.name("required").value(true);
        content(() -> request(model));
        json.endObject();
        json.name("responses").beginObject();
        json.name("200").beginObject().name("description").value("The outputs");
        content(() -> tensors("outputs", model.outputs()));
        json.endObject();
        json.name("default").beginObject().name("description").value("What is wrong");
        content(this::error);
        json.endObject().endObject().endObject().endObject();
    }

    private void content(Runnable schema) {
        json.name("content").beginObject().name(JSON).beginObject();
        json.name("schema").beginObject();
        json.name("type").value("object");
        schema.run();
        json.endObject().endObject().endObject();
    }

    private void request(Model model) {
        json.name("required").beginArray().value("inputs").endArray();
        json.name("properties").beginObject();
        json.name("id").beginObject().name("type").value("string").endObject();
        json.name("parameters").beginObject().name("type").value("object").endObject();
        array("inputs", model.inputs());
        json.name("outputs").beginObject().name("type").value("array");
        json.name("items").beginObject().name("type").value("object");
        json.name("required").beginArray().value("name").endArray();
        json.name("properties").beginObject().name("name").beginObject();
        json.name("enum").beginArray();
        model.outputs().forEach(output -> json.value(output.name()));
        json.endArray().endObject().endObject().endObject().endObject();
        json.endObject();
    }

    private void tensors(String name, List<TensorMetadata> tensors) {
        json.name("properties").beginObject();
        array(name, tensors);
        json.endObject();
    }

    private void array(String name, List<TensorMetadata> tensors) {
        json.name(name).beginObject();
        json.name("type").value("array");
        json.name("items").beginObject().name("oneOf").beginArray();
        tensors.forEach(this::tensor);
        json.endArray().endObject().endObject();
    }

    private void tensor(TensorMetadata tensor) {
        json.beginObject().name("type").value("object");
        json.name("required").beginArray();
        List.of("name", "datatype", "shape").forEach(json::value);
        json.endArray();
        json.name("properties").beginObject();
        json.name("name").beginObject().name("const").value(tensor.name()).endObject();
        json.name("datatype").beginObject();
        json.name("const").value(tensor.dataType().protocolName()).endObject();
        shape(tensor.shape());
        json.name("data").beginObject();
        json.name("description").value("The elements in row-major order, flat or nested as the shape");
        json.name("type").value("array");
        json.name("items").beginObject().name("type").beginArray();
        json.value(elementType(tensor.dataType())).value("array");
        json.endArray().endObject().endObject();
        json.endObject().endObject();
    }

    private void shape(List<Long> shape) {
        json.name("shape").beginObject();
        json.name("type").value("array");
        json.name("minItems").value(shape.size());
        json.name("maxItems").value(shape.size());
        json.name("prefixItems").beginArray();
        for (long dim : shape) {
            json.beginObject();
            if (dim < 0) {
                json.name("type").value("integer").name("minimum").value(0);
            } else {
                json.name("const").value(dim);
            }
            json.endObject();
        }
        json.endArray().endObject();
    }

    private static String elementType(DataType type) {
        return switch (type) {
            case BOOL -> "boolean";
            case STRING -> "string";
            default -> type.isFloat() ? "number" : "integer";
        };
    }

    private void error() {
        json.name("required").beginArray().value("error").endArray();
        json.name("properties").beginObject();
        json.name("error").beginObject().name("type").value("string").endObject();
        json.endObject();
    }
}
