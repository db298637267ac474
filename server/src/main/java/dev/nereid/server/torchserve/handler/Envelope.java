package dev.nereid.server.torchserve.handler;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** How a request wraps its instances, and its answer their answers. */
enum Envelope {
    /** The part {@code data} or {@code body} is the only instance. */
    NONE(""),
    BODY("body"),
    /** {@code {"instances": [...]}}, answered by {@code {"predictions": [...]}} on one line. */
    JSON("json"),
    /** The same, answered on many lines. */
    KSERVE("kserve"),
    /** The inputs of KServe's protocol v2, of which each is an instance. */
    KSERVE_V2("kservev2");

    private final String configName;

    Envelope(String configName) {
        this.configName = configName;
    }

    /**
     * What a request asks for.
     *
     * @param id the client's; empty where it gave none
     */
    record Request(List<Row> rows, Optional<String> id) {
        Request {
            rows = List.copyOf(rows);
        }
    }

    /**
     * The envelope of that name in configs and manifests.
     *
     * @throws InferException if there is none
     */
    static Envelope of(String name) {
        return Arrays.stream(values())
                .filter(envelope -> envelope.configName.equals(name))
                .findFirst()
                .orElseThrow(() -> InferException.invalid("service envelope '" + name + "': expected one of "
                        + Arrays.stream(values())
                                .filter(envelope -> envelope != NONE)
                                .map(envelope -> envelope.configName)
                                .collect(Collectors.joining(", "))));
    }

    /** Whether a request is one instance as it is. */
    boolean isPlain() {
        return this == NONE || this == BODY;
    }

    /**
     * Takes the instances out of a request.
     *
     * @param parts by their names
     * @param handler reads the part that is an instance
     * @throws InferException if they are not there
     */
    Request open(Map<String, RequestPart> parts, Handler handler, RequestBudget.Share share) {
        RequestPart part = part(parts);
        if (isPlain()) {
            return new Request(List.of(handler.row(part, share)), Optional.empty());
        }
        JsonValue root = JsonValue.parse(part.bytes(), 0, part.bytes().length, share);
        if (this == KSERVE_V2) {
            Optional<String> id = root.find("id").filter(JsonValue::isString).map(JsonValue::asString);
            return new Request(rows(root, "inputs", Envelope::input), id);
        }
        return new Request(rows(root, "instances", Row::of), Optional.empty());
    }

    private static RequestPart part(Map<String, RequestPart> parts) {
        for (String name : List.of("data", "body")) {
            RequestPart part = parts.get(name);
            if (part != null && part.bytes().length > 0) {
                return part;
            }
        }
        throw InferException.invalid("expected a body, or a form with a part 'data' or 'body' that is not empty, got "
                + (parts.isEmpty()
                        ? "nothing"
                        : "only "
                                + String.join(
                                        ", ", parts.keySet().stream().sorted().toList())));
    }

    private interface Reading {
        Row read(JsonValue value);
    }

    private List<Row> rows(JsonValue root, String name, Reading reading) {
        JsonValue values = root.find(name)
                .filter(JsonValue::isArray)
                .orElseThrow(() -> InferException.invalid(
                        "envelope " + configName + ": expected an object with a list '" + name + "'"));
        List<Row> rows = new ArrayList<>();
        JsonValue.Elements elements = values.elements();
        while (elements.next()) {
            rows.add(reading.read(elements.value()));
        }
        if (rows.isEmpty()) {
            throw InferException.invalid(
                    "envelope " + configName + ": expected at least one element in '" + name + "'");
        }
        return rows;
    }

    /** An input of protocol v2. A text alone in a list is a text. */
    private static Row input(JsonValue input) {
        JsonValue data = input.find("data")
                .filter(JsonValue::isArray)
                .orElseThrow(() -> InferException.invalid("envelope kservev2: expected inputs with a list 'data'"));
        JsonValue.Elements elements = data.elements();
        if (elements.next() && elements.value().isString()) {
            String text = elements.value().asString();
            if (!elements.next()) {
                return new Row.Text(text);
            }
        }
        return new Row.Numbers(data, input.find("shape").map(Envelope::shape));
    }

    private static Shape shape(JsonValue value) {
        List<Long> dims = new ArrayList<>();
        JsonValue.Elements elements = value.elements();
        while (elements.next()) {
            dims.add(elements.value().asLong());
        }
        try {
            return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
        } catch (ArithmeticException | IllegalArgumentException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG, "envelope kservev2: shape " + dims + " is none", e);
        }
    }

    /**
     * Writes the answer to a request.
     *
     * @param answers one for each instance
     * @param model names the model in answers of protocol v2
     * @param id the request's
     */
    byte[] answer(List<Answer> answers, ModelHandler.Setup model, String id, RequestBudget.Share share) {
        PythonJson json = new PythonJson(this == JSON ? PythonJson.Style.ONE_LINE : PythonJson.Style.INDENTED, share);
        switch (this) {
            case NONE, BODY -> {
                return answers.getFirst().body(json);
            }
            case JSON, KSERVE -> {
                json.beginObject().name("predictions").beginArray();
                answers.forEach(answer -> answer.write(json));
                json.endArray().endObject();
            }
            case KSERVE_V2 -> {
                json.beginObject().name("id").value(id);
                json.name("model_name").value(model.modelName());
                json.name("model_version").value(model.modelVersion());
                json.name("outputs").beginArray();
                answers.forEach(answer -> writeOutput(json, answer));
                json.endArray().endObject();
            }
        }
        return json.toBytes();
    }

    private static void writeOutput(PythonJson json, Answer answer) {
        json.beginObject().name("name").value("predict").name("shape").beginArray();
        for (long dim : answer.shape().dims()) {
            json.value(dim);
        }
        json.endArray().name("datatype").value(answer.dataType()).name("data");
        answer.writeFlat(json);
        json.endObject();
    }
}
