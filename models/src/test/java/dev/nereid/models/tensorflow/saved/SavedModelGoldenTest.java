package dev.nereid.models.tensorflow.saved;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.models.ModelFormatException;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Signatures of SavedModels give what TensorFlow gave for them. */
@Tag("golden")
class SavedModelGoldenTest {
    private static final double TOLERANCE = 1e-4;

    /** A model whose signatures change a variable; the one that reads it alone runs. */
    private static final String WITH_STATE = "saved_model_counter";

    private static final String READING = "get_counter";

    @TestFactory
    Stream<DynamicTest> signaturesGiveTheirRecordedOutputs() throws IOException {
        String data = System.getenv("NEREID_TEST_DATA");
        Path later = Path.of(data == null ? "" : data, "later");
        Path golden = later.resolve("golden-tf").resolve("savedmodel");
        if (data == null || !Files.isDirectory(golden)) {
            System.out.println(
                    "SKIPPED SavedModels: there is no folder later/golden-tf/savedmodel in NEREID_TEST_DATA");
            return Stream.of();
        }
        try (Stream<Path> files = Files.walk(golden)) {
            List<DynamicTest> tests = files.filter(file -> file.endsWith("case.json"))
                    .map(file -> file.resolveSibling(""))
                    .sorted()
                    .map(each -> DynamicTest.dynamicTest(
                            golden.relativize(each).toString(), () -> check(later, golden.relativize(each), each)))
                    .toList();
            assertThat(tests).isNotEmpty();
            return tests.stream();
        }
    }

    private static void check(Path later, Path name, Path folder) throws IOException {
        Path model = later.resolve("formats")
                .resolve("savedmodel")
                .resolve(name.getName(0).toString().replaceFirst("-v(\\d+)$", "/00000$1"));
        JsonNode json = new ObjectMapper().readTree(folder.resolve("case.json").toFile());
        // The folder's name has other characters in place of slashes.
        String signature = SavedModelFile.signatures(model).stream()
                .filter(each -> each.replace('/', '_').equals(String.valueOf(name.getFileName())))
                .findFirst()
                .orElseThrow();
        if (model.toString().contains(WITH_STATE) && !signature.equals(READING)) {
            assertRefused(model, signature, "changes a variable");
            return;
        }
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = tensors(json.get("inputs"), folder, arena);
            Map<String, Tensor> expected = tensors(json.get("outputs"), folder, arena);
            Map<String, double[]> actual = SavedModelRuns.run(model, signature, inputs);
            assertThat(actual.keySet()).isEqualTo(expected.keySet());
            expected.forEach((output, tensor) ->
                    compare(output, Objects.requireNonNull(actual.get(output)), SavedModelRuns.numbers(tensor)));
        }
    }

    private static void assertRefused(Path model, String signature, String why) {
        assertThatThrownBy(() -> SavedModelRuns.run(model, signature, Map.of()))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(why);
    }

    private static void compare(String output, double[] actual, double[] expected) {
        assertThat(actual).as(output).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(Math.abs(actual[i] - expected[i]))
                    .as("%s at %d: expected %s, got %s", output, i, expected[i], actual[i])
                    .isLessThanOrEqualTo(TOLERANCE * Math.max(1, Math.abs(expected[i])));
        }
    }

    private static Map<String, Tensor> tensors(JsonNode list, Path folder, Arena arena) throws IOException {
        Map<String, Tensor> tensors = new TreeMap<>();
        for (JsonNode entry : list) {
            long[] dims = new long[entry.get("shape").size()];
            for (int axis = 0; axis < dims.length; axis++) {
                dims[axis] = entry.get("shape").get(axis).asLong();
            }
            byte[] bytes = Files.readAllBytes(folder.resolve(entry.get("file").asText()));
            DataType type =
                    DataType.ofProtocolName(entry.get("datatype").asText()).orElseThrow();
            tensors.put(entry.get("name").asText(), tensor(type, Shape.of(dims), bytes, arena));
        }
        return tensors;
    }

    private static Tensor tensor(DataType type, Shape shape, byte[] bytes, Arena arena) {
        if (type == DataType.STRING) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            byte[][] strings = new byte[Math.toIntExact(shape.elements())][];
            for (int i = 0; i < strings.length; i++) {
                strings[i] = new byte[buffer.getInt()];
                buffer.get(strings[i]);
            }
            return Tensor.ofStrings(shape, strings);
        }
        MemorySegment memory = arena.allocate(Math.max(1, bytes.length), 64);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return Tensor.of(type, shape, memory);
    }
}
