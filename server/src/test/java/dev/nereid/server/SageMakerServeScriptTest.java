package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script that SageMaker starts, with a program that stands in for the server; the cases of Triton's suite L0_sagemaker for
 * its own script.
 */
class SageMakerServeScriptTest {
    @TempDir
    private Path home;

    private Path models;
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void write() throws IOException {
        models = Files.createDirectory(home.resolve("models"));
        Path server = Files.createDirectory(home.resolve("bin")).resolve("tritonserver");
        Files.writeString(server, """
                #!/bin/sh
                for argument in "$@"; do echo "$argument"; done
                echo "PING=$SAGEMAKER_TRITON_PING_MODE MODEL=${SAGEMAKER_TRITON_DEFAULT_MODEL_NAME-}"
                """);
        assertThat(server.toFile().setExecutable(true)).isTrue();
        environment.put("NEREID_SAGEMAKER_MODEL_DIR", models.toString());
        environment.put("NEREID_SAGEMAKER_EMPTY_DIR", home.resolve("empty").toString());
    }

    /** What the script and the server print, after the exit status. */
    private String serve() throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder("/bin/sh", "../deploy/sagemaker/serve", "serve").redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("SAGEMAKER_"));
        builder.environment().putAll(environment);
        builder.environment().merge("PATH", "", (path, _) -> home.resolve("bin") + ":" + path);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() + "\n" + output;
    }

    private void model(String name) throws IOException {
        Files.createDirectories(models.resolve(name).resolve("1"));
    }

    @Test
    void servesTheModelThatIsNamed() throws IOException, InterruptedException {
        model("other");
        model("sm model");
        environment.put("SAGEMAKER_TRITON_DEFAULT_MODEL_NAME", "sm model");
        assertThat(serve()).isEqualTo("""
                0
                --allow-sagemaker=true
                --allow-http=false
                --model-control-mode=explicit
                --model-repository=MODELS
                --load-model=sm model
                --model-namespacing=true
                --allow-grpc=false
                --allow-metrics=false
                PING=ready MODEL=sm model
                """.replace("MODELS", models.toString()));
    }

    @Test
    void servesTheOnlyModelThatThereIs() throws IOException, InterruptedException {
        model("sm_model");
        assertThat(serve())
                .startsWith("0\nWARNING: No SAGEMAKER_TRITON_DEFAULT_MODEL_NAME provided")
                .contains("--load-model=sm_model\n")
                .contains("MODEL=sm_model");
    }

    @Test
    void servesNoModelsUntilTheyCome() throws IOException, InterruptedException {
        environment.put("SAGEMAKER_MULTI_MODEL", "true");
        assertThat(serve())
                .startsWith("0\n")
                .contains("--model-repository=" + home.resolve("empty") + "\n")
                .doesNotContain("--load-model")
                .contains("PING=live");
        assertThat(home.resolve("empty")).isEmptyDirectory();
    }

    @Test
    void handsTheOtherVariablesOn() throws IOException, InterruptedException {
        model("m");
        environment.put("SAGEMAKER_BIND_TO_PORT", "8000");
        environment.put("SAGEMAKER_SAFE_PORT_RANGE", "8081-9000");
        environment.put("SAGEMAKER_TRITON_ALLOW_METRICS", "true");
        environment.put("SAGEMAKER_TRITON_METRICS_PORT", "8082");
        environment.put("SAGEMAKER_TRITON_ALLOW_GRPC", "true");
        environment.put("SAGEMAKER_TRITON_GRPC_PORT", "8083");
        environment.put("SAGEMAKER_TRITON_LOG_INFO", "false");
        environment.put("SAGEMAKER_TRITON_DISABLE_MODEL_NAMESPACING", "false");
        environment.put("SAGEMAKER_TRITON_OVERRIDE_PING_MODE", "live");
        environment.put("SAGEMAKER_TRITON_ADDITIONAL_ARGS", "--exit-timeout-secs=5 --strict-readiness=false");
        assertThat(serve().lines())
                .contains(
                        "--sagemaker-port=8000",
                        "--sagemaker-safe-port-range=8081-9000",
                        "--allow-metrics=true",
                        "--metrics-port=8082",
                        "--allow-grpc=true",
                        "--grpc-port=8083",
                        "--log-info=false",
                        "--model-namespacing=false",
                        "--exit-timeout-secs=5",
                        "--strict-readiness=false",
                        "PING=live MODEL=m");
    }

    @Test
    void aTypeOfInferenceThatIsNoneIsRefused() throws IOException, InterruptedException {
        model("m");
        environment.put("SAGEMAKER_TRITON_INFERENCE_TYPE", "incorrect_inference_type");
        assertThat(serve())
                .startsWith("1\nERROR: Invalid SAGEMAKER_TRITON_INFERENCE_TYPE 'incorrect_inference_type'\n")
                .doesNotContain("--allow");
    }

    @Test
    void aModelThatIsNotThereIsRefused() throws IOException, InterruptedException {
        model("m");
        environment.put("SAGEMAKER_TRITON_DEFAULT_MODEL_NAME", "incorrect_model_name");
        assertThat(serve())
                .isEqualTo("1\nERROR: Directory with provided SAGEMAKER_TRITON_DEFAULT_MODEL_NAME "
                        + "incorrect_model_name does not exist\n");
    }

    @Test
    void severalModelsOfWhichNoneIsNamedAreRefused() throws IOException, InterruptedException {
        assertThat(serve()).isEqualTo("1\nERROR: No model found in model repository\n");
        model("a");
        model("b");
        assertThat(serve())
                .startsWith("1\nERROR: More than 1 model directory found in model repository.\n")
                .endsWith("Directories found in model repository: a b\n");
    }

    @Test
    void aFolderThatIsTheModelItselfIsRefused() throws IOException, InterruptedException {
        Files.createFile(models.resolve("config.pbtxt"));
        assertThat(serve()).startsWith("1\nERROR: Incorrect directory structure.\n");
    }
}
