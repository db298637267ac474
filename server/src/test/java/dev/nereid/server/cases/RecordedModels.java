package dev.nereid.server.cases;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import java.util.stream.Stream;

/**
 * Real models with recorded inputs and outputs, in the folder that {@code NEREID_TEST_DATA} names. The sentence model's
 * file is the example repository's.
 */
final class RecordedModels {
    private static final Map<String, Path> FILES =
            Map.of("minilm-l6-v2-fp32", Path.of("../models/examples/minilm/1/model.onnx"));
    private static final List<String> MODELS = List.of(
            "addsub", "mnist-opt", "mlperf-tiny-resnet8-cifar10", "mlperf-tiny-vww-mobilenet", "minilm-l6-v2-fp32");

    private final Path folder;

    private RecordedModels(Path folder) {
        this.folder = folder;
    }

    /** The recorded models; none where there are no test data, which is printed. */
    static Stream<RecordedModels> find() {
        String data = System.getenv("NEREID_TEST_DATA");
        if (data == null) {
            System.out.println("SKIPPED recorded models over a protocol: NEREID_TEST_DATA is not set");
            return Stream.empty();
        }
        return Stream.of(new RecordedModels(Path.of(data, "models")));
    }

    /** Puts the models into a repository, without configs. */
    void copyTo(Path repository) throws IOException {
        for (String model : MODELS) {
            Path version = Files.createDirectories(repository.resolve(model).resolve("1"));
            Path file = FILES.getOrDefault(model, folder.resolve(model).resolve("model.onnx"));
            Files.copy(file, version.resolve("model.onnx"));
        }
    }

    /** A request with the outputs that were recorded for it. */
    record Case(String name, Request request, List<Tensor> expected) {}

    List<Case> cases() throws IOException {
        List<Case> cases = new ArrayList<>();
        for (String model : MODELS) {
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
