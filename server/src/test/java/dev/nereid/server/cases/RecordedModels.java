package dev.nereid.server.cases;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.cases.Exchange.Request;
import dev.nereid.server.cases.Exchange.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Models with recorded inputs and outputs: small ones that are written here, with outputs calculated by hand, and real ones in
 * the folder that {@code NEREID_TEST_DATA} names. The sentence model's file is the example repository's.
 */
final class RecordedModels {
    private static final Map<String, Path> FILES =
            Map.of("minilm-l6-v2-fp32", Path.of("../models/examples/minilm/1/model.onnx"));
    private static final List<String> MODELS = List.of(
            "addsub", "mnist-opt", "mlperf-tiny-resnet8-cifar10", "mlperf-tiny-vww-mobilenet", "minilm-l6-v2-fp32");

    /** Y = |X + 1| over FP32 [batch, 3]. */
    private static final String SMALL_FLOATS = "small-floats";

    /** TOTAL = A + B, PRODUCT = A * B over INT64 [batch, 2]. */
    private static final String SMALL_INTEGERS = "small-integers";

    private final List<String> models;
    private final Path folder;

    private RecordedModels(List<String> models, Path folder) {
        this.models = models;
        this.folder = folder;
    }

    /** The small models, written below {@code root}, and the real ones where there is test data; it is printed where there is none. */
    static List<RecordedModels> find(Path root) throws IOException {
        RecordedModels small = new RecordedModels(List.of(SMALL_FLOATS, SMALL_INTEGERS), root);
        small.write();
        String data = System.getenv("NEREID_TEST_DATA");
        if (data == null) {
            System.out.println("SKIPPED recorded real models over a protocol: NEREID_TEST_DATA is not set");
            return List.of(small);
        }
        Path folder = Path.of(data, "models");
        Map<Boolean, List<String>> real = MODELS.stream()
                .collect(Collectors.partitioningBy(
                        model -> Files.isDirectory(folder.resolve(model).resolve("golden"))));
        List<String> absent = Objects.requireNonNull(real.get(false));
        if (!absent.isEmpty()) {
            System.out.println("SKIPPED recorded models over a protocol: no recorded outputs of " + absent);
        }
        return List.of(small, new RecordedModels(Objects.requireNonNull(real.get(true)), folder));
    }

    private void write() throws IOException {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1, 3)
                .output("Y", DataType.FLOAT, -1, 3)
                .constant("one", List.of(), 1)
                .node("Add", "more", "X", "one")
                .node("Abs", "Y", "more")
                .write(folder.resolve(SMALL_FLOATS));
        writeCase(
                SMALL_FLOATS,
                "b2",
                List.of(floats("X", 2, -2.5f, 0, 1, 7, -1, -3)),
                List.of(floats("Y", 2, 1.5f, 1, 2, 8, 0, 2)));
        new GraphWriter()
                .input("A", DataType.INT64, -1, 2)
                .input("B", DataType.INT64, -1, 2)
                .output("TOTAL", DataType.INT64, -1, 2)
                .output("PRODUCT", DataType.INT64, -1, 2)
                .node("Add", "TOTAL", "A", "B")
                .node("Mul", "PRODUCT", "A", "B")
                .write(folder.resolve(SMALL_INTEGERS));
        writeCase(
                SMALL_INTEGERS,
                "b1",
                List.of(longs("A", 1, 3, -4), longs("B", 1, 5, 6)),
                List.of(longs("TOTAL", 1, 8, 2), longs("PRODUCT", 1, 15, -24)));
    }

    private static Tensor floats(String name, long batch, float... values) {
        ByteBuffer data = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return new Tensor(name, "FP32", List.of(batch, values.length / batch), data.array());
    }

    private static Tensor longs(String name, long batch, long... values) {
        ByteBuffer data = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        data.asLongBuffer().put(values);
        return new Tensor(name, "INT64", List.of(batch, values.length / batch), data.array());
    }

    private void writeCase(String model, String name, List<Tensor> inputs, List<Tensor> outputs) throws IOException {
        Path golden =
                Files.createDirectories(folder.resolve(model).resolve("golden").resolve(name));
        ObjectNode json = new ObjectMapper().createObjectNode();
        write(json.putArray("inputs"), golden, inputs);
        write(json.putArray("outputs"), golden, outputs);
        Files.writeString(golden.resolve("case.json"), json.toString());
    }

    private static void write(ArrayNode list, Path folder, List<Tensor> tensors) throws IOException {
        for (Tensor tensor : tensors) {
            String file = tensor.name() + ".bin";
            Files.write(folder.resolve(file), tensor.data());
            ObjectNode entry = list.addObject()
                    .put("name", tensor.name())
                    .put("datatype", tensor.datatype())
                    .put("file", file);
            tensor.shape().forEach(entry.putArray("shape")::add);
        }
    }

    /** Puts the models into a repository, without configs. */
    void copyTo(Path repository) throws IOException {
        for (String model : models) {
            Path version = Files.createDirectories(repository.resolve(model).resolve("1"));
            Path file = FILES.getOrDefault(model, folder.resolve(model).resolve("model.onnx"));
            Files.copy(file, version.resolve("model.onnx"));
        }
    }

    /** A request with the outputs that were recorded for it. */
    record Case(String name, Request request, List<Tensor> expected) {}

    List<Case> cases() throws IOException {
        List<Case> cases = new ArrayList<>();
        for (String model : models) {
            try (Stream<Path> folders = Files.list(folder.resolve(model).resolve("golden"))) {
                for (Path golden : folders.sorted().toList()) {
                    JsonNode json = new ObjectMapper()
                            .readTree(golden.resolve("case.json").toFile());
                    Request request = new Request(model, "", "", tensors(json.get("inputs"), golden), List.of());
                    cases.add(new Case(golden.toString(), request, tensors(json.get("outputs"), golden)));
                }
            }
        }
        return cases;
    }

    private static List<Tensor> tensors(JsonNode list, Path folder) throws IOException {
        List<Tensor> tensors = new ArrayList<>();
        for (JsonNode entry : list) {
            List<Long> shape = new ArrayList<>();
            entry.get("shape").forEach(dim -> shape.add(dim.longValue()));
            byte[] data = Files.readAllBytes(folder.resolve(entry.get("file").textValue()));
            tensors.add(new Tensor(
                    entry.get("name").textValue(), entry.get("datatype").textValue(), shape, data));
        }
        return tensors;
    }

    /** Floats within {@code 1e-3 |x| + 1e-4 max |x|}, anything else bit for bit. */
    static void assertAgree(String name, Tensor expected, Tensor actual) {
        assertThat(actual.shape()).as(name).isEqualTo(expected.shape());
        assertThat(actual.datatype()).as(name).isEqualTo(expected.datatype());
        if (!expected.datatype().equals("FP32")) {
            assertThat(actual.data()).as(name).isEqualTo(expected.data());
            return;
        }
        float[] wanted = floats(expected);
        float[] came = floats(actual);
        float largest = 0;
        for (float value : wanted) {
            largest = Math.max(largest, Math.abs(value));
        }
        for (int i = 0; i < wanted.length; i++) {
            assertThat((double) Math.abs(wanted[i] - came[i]))
                    .as("%s element %d", name, i)
                    .isLessThanOrEqualTo(1e-3 * Math.abs(wanted[i]) + 1e-4 * largest);
        }
    }

    private static float[] floats(Tensor tensor) {
        float[] values = new float[tensor.data().length / Float.BYTES];
        ByteBuffer.wrap(tensor.data())
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        return values;
    }
}
