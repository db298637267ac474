package dev.nereid.server.torchserve.handler;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.server.protocol.RequestBudget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** An answer of the Python handler, recorded in the folder that {@code NEREID_TEST_DATA} names. */
class GoldenAnswerTest {
    @Test
    void answerHasTheBytesOfPythons() throws IOException {
        String data = System.getenv("NEREID_TEST_DATA");
        Path file = Path.of(data == null ? "" : data).resolve("later/golden-handlers/response-squeezenet.json");
        if (data == null || !Files.isRegularFile(file)) {
            System.out.println("SKIPPED an answer of a Python handler: NEREID_TEST_DATA names no folder with it");
        }
        Assumptions.assumeTrue(data != null && Files.isRegularFile(file));
        Map<String, Float> probabilities = new LinkedHashMap<>();
        new ObjectMapper()
                .readTree(file.toFile())
                .properties()
                .forEach(entry ->
                        probabilities.put(entry.getKey(), entry.getValue().floatValue()));
        PythonJson json = new PythonJson(
                PythonJson.Style.INDENTED, RequestBudget.unlimited().open());

        new Answer.Scores(probabilities).write(json);

        assertThat(json.toBytes()).isEqualTo(Files.readAllBytes(file));
    }
}
