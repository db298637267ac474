package dev.nereid.server;

import static dev.nereid.server.Until.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.commands.Main;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server whose class path has neither the module for GPUs nor JCuda: a process of its own. */
class WithoutGpuModuleTest {
    private static final Pattern PORT = Pattern.compile("Started HTTPService at 127\\.0\\.0\\.1:(\\d+)");
    private static final Pattern GPU_MODULE = Pattern.compile(".*[/\\\\](cuda[/\\\\]target[/\\\\]|cuda-|jcuda).*");

    @TempDir
    private Path folder;

    private Process process;

    @BeforeEach
    void start() throws IOException {
        Path models = folder.resolve("models");
        try (RunningServers servers = new RunningServers(models)) {
            servers.writeSimple("");
        }
        List<String> classPath = List.of(System.getProperty("java.class.path").split(File.pathSeparator));
        List<String> without = classPath.stream()
                .filter(entry -> !GPU_MODULE.matcher(entry).matches())
                .toList();
        assertThat(without).hasSizeLessThan(classPath.size());
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx256m",
                        Main.class.getName(),
                        "serve",
                        "--model-repository=" + models,
                        "--model-control-mode=explicit",
                        "--load-model=simple",
                        "--http-address=127.0.0.1",
                        "--http-port=0",
                        "--allow-grpc=false",
                        "--allow-metrics=false")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile());
        builder.environment().put("CLASSPATH", String.join(File.pathSeparator, without));
        process = builder.start();
    }

    @AfterEach
    void stop() {
        process.destroyForcibly();
    }

    private String log() {
        try {
            return Files.readString(folder.resolve("log"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpResponse<String> send(String path, String body) throws Exception {
        Matcher port = PORT.matcher(log());
        assertThat(port.find()).as(log()).isTrue();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.group(1) + path))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    void servesModelsOfTheCpuAndSaysWhyOthersDoNotLoad() throws Exception {
        until("the model is loaded", () -> !process.isAlive() || log().contains("successfully loaded 'simple'"));
        assertThat(log()).contains("GPUs: the module for NVIDIA GPUs (cuda-*.jar) is not on the class path");

        assertThat(send("/v2/models/simple/infer", RunningServers.simpleRequest(""))
                        .body())
                .contains("\"data\":[2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32]");

        HttpResponse<String> refused = send("/v2/repository/models/simple/load", """
                {"parameters":{"config":"{\\"backend\\":\\"onnxruntime\\",\\"instance_group\\":[{\\"kind\\":\\"KIND_GPU\\"}]}"}}
                """);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body())
                .contains(
                        "has kind KIND_GPU but server does not support GPUs: the module for NVIDIA GPUs (cuda-*.jar) is"
                                + " not on the class path");
    }
}
