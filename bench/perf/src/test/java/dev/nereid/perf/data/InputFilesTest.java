package dev.nereid.perf.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.perf.model.ModelContract;
import dev.nereid.perf.model.TensorSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InputFilesTest {
    @TempDir
    private Path folder;

    private static ModelContract model(long... dims) {
        List<Long> shape = Arrays.stream(dims).boxed().toList();
        return new ModelContract(
                "model",
                "",
                List.of(new TensorSpec("A", "INT32", shape, true), new TensorSpec("B", "INT32", List.of(1L), true)),
                List.of(new TensorSpec("OUT", "INT32", List.of(1L), false)),
                8,
                false,
                false,
                false,
                List.of());
    }

    private List<InputSet.Step> read(String json, int batch, Map<String, List<Long>> shapes, long... dims)
            throws IOException {
        Path file = folder.resolve("data.json");
        Files.writeString(file, json);
        InputMaker maker = new InputMaker(shapes, batch, 1, Optional.empty(), 1);
        return new InputFiles(model(dims), maker).read(file, 1).getFirst();
    }

    private static List<Integer> numbers(InputTensor tensor) {
        List<Integer> numbers = new ArrayList<>();
        for (ByteBuffer content = tensor.content(); content.hasRemaining(); ) {
            numbers.add(content.getInt());
        }
        return numbers;
    }

    @Test
    void batchHasAnEntryAndThoseBehindIt() throws Exception {
        List<InputSet.Step> steps =
                read("{\"data\": [{\"A\": [1, 2]}, {\"A\": [3, 4]}, {\"A\": [5, 6]}]}", 2, Map.of(), 2);
        assertThat(steps)
                .extracting(step -> numbers(step.inputs().getFirst()))
                .containsExactly(List.of(1, 2, 3, 4), List.of(3, 4, 5, 6), List.of(5, 6, 1, 2));
        assertThat(steps.getFirst().inputs().getFirst().shape()).containsExactly(2L, 2L);
    }

    @Test
    void expectationsOfABatchAreThoseOfItsEntries() throws Exception {
        List<InputSet.Step> steps = read(
                "{\"data\": [{\"A\": [1]}, {\"A\": [2]}], \"validation_data\": [{\"OUT\": [10]}, {\"OUT\": [20]}]}",
                2,
                Map.of(),
                1);
        assertThat(steps)
                .extracting(step -> numbers(step.extras().expected().getFirst()))
                .containsExactly(List.of(10, 20), List.of(20, 10));
    }

    @Test
    void singleEntryFillsABatchOfAnySize() throws Exception {
        List<InputSet.Step> steps = read("{\"data\": [{\"A\": [7]}]}", 3, Map.of(), 1);
        assertThat(numbers(steps.getFirst().inputs().getFirst())).containsExactly(7, 7, 7);
    }

    @Test
    void entriesOfDifferentShapesMakeNoBatch() {
        String data =
                "{\"data\": [{\"A\": {\"content\": [1, 2], \"shape\": [2]}}, {\"A\": {\"content\": [1], \"shape\":"
                        + " [1]}}]}";
        assertThatThrownBy(() -> read(data, 2, Map.of(), -1))
                .hasMessageContaining("can not batch tensors with different shapes together (input 'A' expected shape"
                        + " [2] and received [1])");
    }

    @Test
    void entriesWithDifferentInputsMakeNoBatch() {
        String sentence = "For batch sizes larger than 1, the same set of inputs must be specified for each batch.";
        assertThatThrownBy(() -> read("{\"data\": [{\"A\": [1]}, {\"B\": [1]}]}", 2, Map.of(), 1))
                .hasMessageContaining(sentence);
        assertThatThrownBy(() -> read("{\"data\": [{\"A\": [1]}, {\"A\": [1], \"B\": [1]}]}", 2, Map.of(), 1))
                .hasMessageContaining(sentence);
    }

    @Test
    void shapeOfTheFileFitsTheModelAndWhatTheUserGave() {
        String data = "{\"data\": [{\"A\": {\"content\": [1, 2, 3, 4], \"shape\": [1, 4]}}]}";
        assertThatThrownBy(() -> read(data, 1, Map.of("A", List.of(2L, 2L)), -1, -1))
                .hasMessageContaining("The supplied shape of [1,4] for input \"A\" is incompatible with the model's"
                        + " input shape of [2,2]");
        assertThatThrownBy(() -> read(data, 1, Map.of(), -1, 2))
                .hasMessageContaining("is incompatible with the model's input shape of [-1,2]");
    }

    @Test
    void dataOfAnotherSizeIsRefused() {
        assertThatThrownBy(() -> read("{\"data\": [{\"A\": [1]}]}", 1, Map.of(), 2))
                .hasMessageContaining("mismatch in the data provided for A. Expected: 8 bytes, Got: 4 bytes");
    }

    @Test
    void nameThatTheModelDoesNotKnowIsRefused() {
        assertThatThrownBy(() -> read("{\"data\": [{\"A\": [1], \"C\": [1]}]}", 1, Map.of(), 1))
                .hasMessageContaining("The input or output 'C' is not found in the model configuration");
    }

    @Test
    void whatGoesWithAnEntryStandsAloneOrInAList() throws Exception {
        for (String extras : List.of(
                "\"timestamp\": 100, \"session_id\": \"s\", \"delay\": 5",
                "\"timestamp\": [100], \"session_id\": [\"s\"], \"delay\": [5]")) {
            InputSet.Extras read = read("{\"data\": [{\"A\": [1], " + extras + "}]}", 1, Map.of(), 1)
                    .getFirst()
                    .extras();
            assertThat(read.timestampMillis()).isEqualTo(100);
            assertThat(read.session()).isEqualTo("s");
            assertThat(read.delayMillis()).isEqualTo(5);
        }
        assertThatThrownBy(() -> read("{\"data\": [{\"A\": [1], \"delay\": [1, 2]}]}", 1, Map.of(), 1))
                .hasMessageEndingWith("expected one 'delay' in an entry, got [1,2]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.5", "3000000000", "-2147483649", "\"1\""})
    void numberThatIsNoneOfTheTypeIsRefused(String number) {
        assertThatThrownBy(() -> read("{\"data\": [{\"A\": [" + number + "]}]}", 1, Map.of(), 1))
                .hasMessageEndingWith("expected a INT32, got " + number);
    }

    @Test
    void expectationOfAnOutputThatTheModelHasNotIsRefused() {
        assertThatThrownBy(() ->
                        read("{\"data\": [{\"A\": [1]}], \"validation_data\": [{\"OUTX\": [1]}]}", 1, Map.of(), 1))
                .hasMessageEndingWith("'validation_data' names an output 'OUTX', the model has [OUT]");
    }

    @Test
    void dynamicShapeNeedsLengths() {
        assertThatThrownBy(() -> read("{\"data\": [{\"A\": [1, 2]}]}", 1, Map.of(), -1, -1))
                .hasMessageContaining("input A contains dynamic shape, provide shapes to send along with the request");
    }
}
