package dev.nereid.models.tensorflow.saved;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.golden.GoldenCase;
import dev.nereid.models.imported.SignatureName;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
        // The folder's name has other characters in place of slashes.
        String signature = SavedModelFile.signatures(model, Map.of()).stream()
                .map(SignatureName::name)
                .filter(each -> each.replace('/', '_').equals(String.valueOf(name.getFileName())))
                .findFirst()
                .orElseThrow();
        if (model.toString().contains(WITH_STATE) && !signature.equals(READING)) {
            assertRefused(model, signature, "changes a variable");
            return;
        }
        try (Arena arena = Arena.ofShared()) {
            GoldenCase golden = GoldenCase.read(folder, arena);
            Map<String, double[]> actual = SavedModelRuns.run(model, signature, golden.inputs());
            assertThat(actual.keySet()).isEqualTo(golden.outputs().keySet());
            golden.outputs()
                    .forEach((output, tensor) -> compare(
                            output, Objects.requireNonNull(actual.get(output)), SavedModelRuns.numbers(tensor)));
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
}
