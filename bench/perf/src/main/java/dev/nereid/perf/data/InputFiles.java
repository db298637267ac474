package dev.nereid.perf.data;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nereid.perf.model.ModelContract;
import dev.nereid.perf.model.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Input data from files: a JSON file {@code {"data": [...]}}, or a folder with a file of raw
 * bytes (for strings: lines of text) named after each input.
 */
public final class InputFiles {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    /** What an entry may have beside tensors. */
    private static final Set<String> EXTRAS = Set.of("model", "weight", "timestamp", "session_id", "delay");

    private final ModelContract model;
    private final InputMaker maker;

    /** Data for {@code model}, in shapes that {@code maker} knows. */
    public InputFiles(ModelContract model, InputMaker maker) {
        this.model = model;
        this.maker = maker;
    }

    /** Reads a folder or a JSON file; one weight for all its requests. */
    public List<List<InputSet.Step>> read(Path path, double weight) {
        try {
            List<List<InputSet.Step>> streams =
                    Files.isDirectory(path) ? List.of(List.of(folder(path, weight))) : json(path, weight);
            return streams.stream()
                    .map(stream -> StepBatches.of(stream, maker.batch()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("input data '" + path + "' cannot be read: " + e.getMessage(), e);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new IllegalArgumentException("input data '" + path + "': " + e.getMessage(), e);
        }
    }

    private InputSet.Step folder(Path folder, double weight) throws IOException {
        List<InputTensor> inputs = new ArrayList<>();
        for (TensorSpec input : model.inputs()) {
            Path file = folder.resolve(input.name());
            if (input.optional() && !Files.exists(file)) {
                continue;
            }
            List<Long> dims = maker.dims(input);
            ElementType type = ElementType.of(input.datatype());
            ByteBuffer content = type == ElementType.BYTES
                    ? InputMaker.packed(Files.readAllLines(file).stream()
                            .map(line -> line.getBytes(StandardCharsets.UTF_8))
                            .toList())
                    : ByteBuffer.wrap(Files.readAllBytes(file));
            check(input, type, dims, content);
            inputs.add(element(input, dims, content));
        }
        return new InputSet.Step(inputs, weight);
    }

    private List<List<InputSet.Step>> json(Path file, double weight) throws IOException {
        JsonNode root = JSON.readTree(file.toFile());
        JsonNode data = root.path("data");
        if (!data.isArray()) {
            throw new IllegalArgumentException("expected a list named 'data'");
        }
        JsonNode validation = root.path("validation_data");
        if (!validation.isMissingNode() && validation.size() != data.size()) {
            throw unaligned(data, validation);
        }
        List<List<InputSet.Step>> streams = new ArrayList<>();
        List<InputSet.Step> loose = new ArrayList<>();
        for (int i = 0; i < data.size(); i++) {
            if (data.get(i).isArray()) {
                streams.add(stream(data.get(i), validation.path(i), weight));
            } else {
                loose.add(step(data.get(i), validation.path(i), weight));
            }
        }
        if (!loose.isEmpty()) {
            streams.add(loose);
        }
        return streams;
    }

    private List<InputSet.Step> stream(JsonNode steps, JsonNode validation, double weight) {
        if (!validation.isMissingNode() && validation.size() != steps.size()) {
            throw unaligned(steps, validation);
        }
        List<InputSet.Step> stream = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            stream.add(step(steps.get(i), validation.path(i), weight));
        }
        return stream;
    }

    private static IllegalArgumentException unaligned(JsonNode data, JsonNode validation) {
        return new IllegalArgumentException("The 'validation_data' field doesn't align with 'data' field in the json"
                + " file: expected as many entries, " + data.size() + ", got " + validation.size());
    }

    private InputSet.Step step(JsonNode entry, JsonNode validation, double weight) {
        checkNames(entry);
        List<InputTensor> inputs = new ArrayList<>();
        for (TensorSpec input : model.inputs()) {
            if (entry.has(input.name())) {
                inputs.add(tensor(input, entry.get(input.name())));
            } else if (!input.optional()) {
                throw new IllegalArgumentException("an entry has nothing for the input '" + input.name() + "'");
            }
        }
        double share = entry.has("weight") ? entry.get("weight").asDouble() : weight;
        return new InputSet.Step(inputs, share, extras(entry, expected(validation)));
    }

    /** A name that nothing knows is a slip of the pen, and its tensor would not be sent. */
    private void checkNames(JsonNode entry) {
        if (model.inputs().isEmpty() || entry.has("payload")) {
            return;
        }
        entry.fieldNames().forEachRemaining(name -> {
            if (!EXTRAS.contains(name)
                    && Stream.concat(model.inputs().stream(), model.outputs().stream())
                            .noneMatch(tensor -> tensor.name().equals(name))) {
                throw new IllegalArgumentException(
                        "The input or output '" + name + "' is not found in the model configuration");
            }
        });
    }

    private List<InputTensor> expected(JsonNode validation) {
        validation.fieldNames().forEachRemaining(name -> {
            if (model.outputs().stream().noneMatch(output -> output.name().equals(name))) {
                throw new IllegalArgumentException("'validation_data' names an output '" + name + "', the model has "
                        + model.outputs().stream().map(TensorSpec::name).toList());
            }
        });
        List<InputTensor> expected = new ArrayList<>();
        for (TensorSpec output : model.outputs()) {
            if (validation.has(output.name())) {
                ElementType type = ElementType.of(output.datatype());
                ByteBuffer bytes = bytes(type, validation.get(output.name()));
                if (output.isFixed()) {
                    check(output, type, output.dims(), bytes);
                }
                // Only the elements are compared: no shape is needed.
                expected.add(element(output, List.of(), bytes));
            }
        }
        return expected;
    }

    private static InputSet.Extras extras(JsonNode entry, List<InputTensor> expected) {
        JsonNode payload = entry.path("payload");
        return new InputSet.Extras(
                expected,
                payload.isMissingNode()
                        ? Optional.empty()
                        : Optional.of((payload.isArray() ? payload.path(0) : payload).toString()),
                single(entry, "timestamp").asDouble(-1),
                single(entry, "session_id").asText(""),
                single(entry, "delay").asDouble(0));
    }

    /** A value by itself or in a list of one, as genai-perf writes all of them. */
    private static JsonNode single(JsonNode entry, String name) {
        JsonNode value = entry.path(name);
        if (value.size() > 1) {
            throw new IllegalArgumentException("expected one '" + name + "' in an entry, got " + value);
        }
        return value.isArray() ? value.path(0) : value;
    }

    private InputTensor tensor(TensorSpec spec, JsonNode value) {
        ElementType type = ElementType.of(spec.datatype());
        ByteBuffer bytes = bytes(type, value);
        List<Long> dims = value.has("shape")
                ? StreamSupport.stream(value.get("shape").spliterator(), false)
                        .map(JsonNode::asLong)
                        .toList()
                : dims(spec, type, bytes);
        List<Long> wanted = maker.shapes().getOrDefault(spec.name(), spec.dims());
        if (!Shapes.fits(dims, wanted)) {
            throw new IllegalArgumentException("The supplied shape of " + Shapes.text(dims) + " for input \""
                    + spec.name() + "\" is incompatible with the model's input shape of " + Shapes.text(wanted));
        }
        check(spec, type, dims, bytes);
        return element(spec, dims, bytes);
    }

    /** A tensor of one element of a batch. */
    private static InputTensor element(TensorSpec spec, List<Long> dims, ByteBuffer bytes) {
        return new InputTensor(
                spec.name(), spec.datatype(), dims, bytes.rewind().asReadOnlyBuffer());
    }

    private static ByteBuffer bytes(ElementType type, JsonNode value) {
        JsonNode content = value.has("content") ? value.get("content") : value;
        return content.has("b64")
                ? ByteBuffer.wrap(ElementType.decode(content.get("b64").asText()))
                : JsonElements.of(type, content);
    }

    /** The shape of data that names none: the model's, where one unknown length follows from the number of elements. */
    private List<Long> dims(TensorSpec spec, ElementType type, ByteBuffer bytes) {
        long unknown = spec.dims().stream().filter(dim -> dim < 0).count();
        if (unknown != 1 || maker.shapes().containsKey(spec.name())) {
            return maker.dims(spec);
        }
        long elements = type == ElementType.BYTES ? JsonElements.strings(bytes) : bytes.capacity() / type.bytes();
        long known = spec.dims().stream().filter(dim -> dim >= 0).reduce(1L, Math::multiplyExact);
        return spec.dims().stream()
                .map(dim -> dim >= 0 ? dim : Math.max(0, elements / Math.max(1, known)))
                .toList();
    }

    private static void check(TensorSpec spec, ElementType type, List<Long> dims, ByteBuffer bytes) {
        int elements = InputMaker.elements(dims);
        int found = type == ElementType.BYTES ? JsonElements.strings(bytes) : bytes.capacity();
        int expected = type == ElementType.BYTES ? elements : Math.multiplyExact(elements, type.bytes());
        if (found != expected) {
            String unit = type == ElementType.BYTES ? " strings" : " bytes";
            throw new IllegalArgumentException("mismatch in the data provided for " + spec.name() + ". Expected: "
                    + expected + unit + ", Got: " + found + unit + " (shape " + Shapes.text(dims) + ", type " + type
                    + ")");
        }
    }
}
