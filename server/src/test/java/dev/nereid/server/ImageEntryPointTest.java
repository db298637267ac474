package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that the image starts, with programs that stand in for the launcher and its links. */
class ImageEntryPointTest {
    @TempDir
    private Path home;

    @BeforeEach
    void write() throws IOException {
        Files.copy(Path.of("src/distribution/entrypoint"), home.resolve("entrypoint"));
        for (String name : List.of(
                "nereid", "tritonserver", "tensorflow_model_server", "tf_serving_entrypoint.sh", "torchserve")) {
            Path program = Files.writeString(home.resolve(name), "#!/bin/sh\necho \"$(basename \"$0\")\" \"$@\"\n");
            assertThat(program.toFile().setExecutable(true)).isTrue();
        }
    }

    /** What is started. */
    private String run(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                Stream.concat(Stream.of("/bin/sh", home.resolve("entrypoint").toString()), Stream.of(arguments))
                        .toList());
        builder.environment().keySet().removeIf(name -> name.startsWith("MODEL_"));
        builder.environment().putAll(environment);
        Process process = builder.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.strip();
    }

    private String run(String... arguments) throws IOException, InterruptedException {
        return run(Map.of(), arguments);
    }

    @Test
    void withoutArgumentsItServesTheModelsOfTheVolume() throws IOException, InterruptedException {
        assertThat(run()).isEqualTo("nereid --model-repository=/models");
    }

    @Test
    void flagsAndCommandsGoToTheLauncher() throws IOException, InterruptedException {
        assertThat(run("--model-repository=/other", "--log-verbose=1"))
                .isEqualTo("nereid --model-repository=/other --log-verbose=1");
        assertThat(run("inspect", "/models")).isEqualTo("nereid inspect /models");
    }

    @Test
    void theWordTritonserverStartsIt() throws IOException, InterruptedException {
        assertThat(run("tritonserver", "--model-store=/mnt/models", "--http-port=8080"))
                .isEqualTo("tritonserver --model-store=/mnt/models --http-port=8080");
    }

    @Test
    void tensorflowServingTakesItsFlags() throws IOException, InterruptedException {
        assertThat(run("tensorflow_model_server", "--port=9000")).isEqualTo("tensorflow_model_server --port=9000");
    }

    @Test
    void tensorflowServingTakesTheModelOfTheEnvironment() throws IOException, InterruptedException {
        assertThat(run(Map.of("MODEL_NAME", "half"))).isEqualTo("tf_serving_entrypoint.sh");
        assertThat(run(Map.of("MODEL_NAME", "half"), "tensorflow_model_server", "--port=9000"))
                .isEqualTo("tf_serving_entrypoint.sh --port=9000");
        assertThat(run(Map.of("MODEL_BASE_PATH", "/m"), "tensorflow_model_server"))
                .isEqualTo("tf_serving_entrypoint.sh");
        assertThat(run(Map.of("MODEL_NAME", "half"), "--model-repository=/models"))
                .isEqualTo("nereid --model-repository=/models");
    }

    @Test
    void torchserveStaysInTheForeground() throws IOException, InterruptedException {
        assertThat(run("torchserve", "--start", "--ncs")).isEqualTo("torchserve --start --ncs --foreground");
    }
}
