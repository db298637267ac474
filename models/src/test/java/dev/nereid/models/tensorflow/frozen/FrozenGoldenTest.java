package dev.nereid.models.tensorflow.frozen;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.models.golden.Agreement;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Graphs of one operator, and frozen networks, give what TensorFlow gave for them. */
@Tag("golden")
class FrozenGoldenTest {
    /** TensorFlow interpolates cubics by a table of 1,024 steps. */
    private static final double CUBIC_TOLERANCE = 2e-3;

    @TestFactory
    Stream<DynamicTest> operatorsGiveTheirRecordedOutputs() throws IOException {
        return cases("golden-tf/ops", folder -> folder.resolve("graph.pb"));
    }

    @TestFactory
    Stream<DynamicTest> networksGiveTheirRecordedOutputs() throws IOException {
        Path files = Path.of("formats", "frozen_pb");
        return cases(
                "golden-tf/frozen",
                folder -> later().resolve(files).resolve(folder.getName(folder.getNameCount() - 2) + ".pb"));
    }

    private interface GraphOfCase {
        Path file(Path folder);
    }

    private static Path later() {
        String data = System.getenv("NEREID_TEST_DATA");
        return Path.of(data == null ? "" : data, "later");
    }

    private static Stream<DynamicTest> cases(String name, GraphOfCase graph) throws IOException {
        Path root = later().resolve(name);
        if (System.getenv("NEREID_TEST_DATA") == null || !Files.isDirectory(root)) {
            System.out.println("SKIPPED TensorFlow graphs: there is no folder later/" + name + " in NEREID_TEST_DATA");
            return Stream.of();
        }
        try (Stream<Path> files = Files.walk(root)) {
            List<Path> folders = files.filter(file -> file.endsWith("case.json"))
                    .map(Path::getParent)
                    .sorted()
                    .toList();
            assertThat(folders).isNotEmpty();
            return folders.stream()
                    .map(folder -> DynamicTest.dynamicTest(
                            root.relativize(folder).toString(), () -> check(folder, graph.file(folder))));
        }
    }

    private static void check(Path folder, Path file) throws IOException {
        JsonNode json = new ObjectMapper().readTree(folder.resolve("case.json").toFile());
        try (Arena arena = Arena.ofShared()) {
            List<Tensor> inputs = tensors(json.get("inputs"), folder, arena);
            List<Tensor> wanted = tensors(json.get("outputs"), folder, arena);
            List<DeclaredPorts.Input> declared = new ArrayList<>();
            for (int i = 0; i < inputs.size(); i++) {
                declared.add(new DeclaredPorts.Input(
                        json.get("inputs").get(i).get("name").asText(),
                        TensorType.of(inputs.get(i).dataType(), inputs.get(i).shape())));
            }
            List<String> outputs = new ArrayList<>();
            json.get("outputs").forEach(output -> outputs.add(output.get("name").asText()));
            DeclaredPorts ports = new DeclaredPorts(declared, outputs);
            for (boolean optimized : new boolean[] {false, true}) {
                List<Tensor> got = GraphBed.run(Files.readAllBytes(file), ports, inputs, optimized);
                assertThat(got).hasSameSizeAs(wanted);
                for (int i = 0; i < got.size(); i++) {
                    Tensor expected = wanted.get(i);
                    if (folder.getFileName().toString().startsWith("ResizeBicubic")) {
                        GraphBed.assertClose(got.get(i), expected, CUBIC_TOLERANCE);
                    } else {
                        assertThat(Agreement.CLOSE.compare(expected, got.get(i)))
                                .as("output %s, optimized: %s", i, optimized)
                                .isEmpty();
                    }
                }
            }
        }
    }

    private static List<Tensor> tensors(JsonNode list, Path folder, Arena arena) throws IOException {
        List<Tensor> tensors = new ArrayList<>();
        for (JsonNode entry : list) {
            long[] dims = new long[entry.get("shape").size()];
            for (int axis = 0; axis < dims.length; axis++) {
                dims[axis] = entry.get("shape").get(axis).asLong();
            }
            byte[] bytes = Files.readAllBytes(folder.resolve(entry.get("file").asText()));
            MemorySegment memory = arena.allocate(Math.max(1, bytes.length), 64);
            MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
            DataType type =
                    DataType.ofProtocolName(entry.get("datatype").asText()).orElseThrow();
            tensors.add(Tensor.of(type, Shape.of(dims), memory));
        }
        return tensors;
    }
}
