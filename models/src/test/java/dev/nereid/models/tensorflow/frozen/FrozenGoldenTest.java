package dev.nereid.models.tensorflow.frozen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.golden.Agreement;
import dev.nereid.models.golden.GoldenCase;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
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
        try (Arena arena = Arena.ofShared()) {
            GoldenCase golden = GoldenCase.read(folder, arena);
            List<Tensor> inputs = List.copyOf(golden.inputs().values());
            List<Tensor> wanted = List.copyOf(golden.outputs().values());
            List<DeclaredPorts.Input> declared = new ArrayList<>();
            golden.inputs()
                    .forEach((name, input) -> declared.add(
                            new DeclaredPorts.Input(name, TensorType.of(input.dataType(), input.shape()))));
            List<String> outputs = List.copyOf(golden.outputs().keySet());
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
}
