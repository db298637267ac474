package dev.nereid.server;

import static dev.nereid.server.RunningServers.send;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.server.config.Front;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A TFLite file, y = 2 (x + 2) of [1, 3, 3, 1], in a repository of Triton's layout under each name of its backend. */
@SuppressWarnings("NullAway.Init") // set before all tests
class TfliteModelsServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private static Path repository;

    private static Server server;

    @BeforeAll
    static void start() throws IOException {
        copy("bare");
        copy("short");
        Files.writeString(repository.resolve("short/config.pbtxt"), "backend: \"tflite\"\n");
        copy("long");
        Files.writeString(repository.resolve("long/config.pbtxt"), """
                backend: "tensorflow_lite"
                input { name: "t0" data_type: TYPE_FP32 dims: [ 1, 3, 3, 1 ] }
                output { name: "t2" data_type: TYPE_FP32 dims: [ 1, 3, 3, 1 ] }
                """);
        server = Server.start(RunningServers.plainConfig(repository));
        assertThat(server.startup().join()).isEmpty();
    }

    private static void copy(String model) throws IOException {
        Path folder = Files.createDirectories(repository.resolve(model).resolve("1"));
        try (InputStream file =
                Objects.requireNonNull(TfliteModelsServerTest.class.getResourceAsStream("small.tflite"))) {
            Files.copy(file, folder.resolve("model.tflite"));
        }
    }

    @AfterAll
    static void stop() {
        assertThat(server.stop()).isTrue();
    }

    @Test
    void aFileWithoutAConfigIsServed() throws IOException {
        JsonNode config = JSON.readTree(send(server, Front.HTTP, "/v2/models/bare/config", ""));
        assertThat(config.get("backend").asText()).isEqualTo("tflite");
        assertThat(config.get("input").get(0).get("name").asText()).isEqualTo("t0");
        assertThat(answer("bare")).hasToString("[6.0,8.0,10.0,12.0,14.0,16.0,18.0,20.0,22.0]");
    }

    @Test
    void aConfigMayCallTheBackendEitherWay() throws IOException {
        assertThat(answer("short")).isEqualTo(answer("bare"));
        assertThat(answer("long")).isEqualTo(answer("bare"));
    }

    private static JsonNode answer(String model) throws IOException {
        String body =
                "{\"inputs\":[{\"name\":\"t0\",\"datatype\":\"FP32\",\"shape\":[1,3,3,1],\"data\":[1,2,3,4,5,6,7,8,9]}]}";
        return JSON.readTree(send(server, Front.HTTP, "/v2/models/" + model + "/infer", body))
                .get("outputs")
                .get(0)
                .get("data");
    }
}
