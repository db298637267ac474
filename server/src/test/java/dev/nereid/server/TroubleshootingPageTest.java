package dev.nereid.server;

import static dev.nereid.server.RunningServers.exchange;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.nereid.server.config.Front;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each text that docs/troubleshooting.md quotes is one that a server says. */
@Tag("found-34")
class TroubleshootingPageTest {
    private static final Path PAGE = Path.of("../docs/troubleshooting.md");
    private static final Path EXAMPLES = Path.of("../models/examples");
    private static final String IRIS = "/v2/models/iris/infer";

    @TempDir
    private static Path repository;

    /** What the servers said. */
    private static final List<String> SAID = new ArrayList<>();

    @BeforeAll
    static void provoke() throws IOException {
        for (String model : List.of("iris", "running_mean")) {
            copy(EXAMPLES.resolve(model).resolve("config.pbtxt"), model + "/config.pbtxt");
            copy(EXAMPLES.resolve(model).resolve("1/model.onnx"), model + "/1/model.onnx");
        }
        copy(EXAMPLES.resolve("iris/labels.txt"), "iris/labels.txt");
        byte[] iris = Files.readAllBytes(EXAMPLES.resolve("iris/1/model.onnx"));
        write("mistaken/config.pbtxt", "backend \"onnxruntime\"");
        write("foreign/config.pbtxt", "platform: \"tensorrt_plan\"");
        write("foreign/1/model.plan", "");
        write("pointer/1/model.onnx", "version https://git-lfs.github.com/spec/v1\noid sha256:12ab\nsize 12345\n");
        write("cut_off/1/model.onnx", "");
        Files.write(repository.resolve("cut_off/1/model.onnx"), Arrays.copyOf(iris, iris.length / 2));
        write("other_dims/config.pbtxt", """
                backend: "onnxruntime"
                max_batch_size: 4
                input { name: "features" data_type: TYPE_FP32 dims: 5 }
                """);
        copy(EXAMPLES.resolve("iris/1/model.onnx"), "other_dims/1/model.onnx");
        copy(EXAMPLES.resolve("colour_name/config.pbtxt"), "colour_name/config.pbtxt");
        copy(EXAMPLES.resolve("colour_name/labels.txt"), "colour_name/labels.txt");
        Files.createDirectories(repository.resolve("colour_name/1"));

        Server server = Server.start(RunningServers.plainConfig(
                repository,
                "--model-control-mode=explicit",
                "--load-model=iris",
                "--load-model=running_mean",
                "--http-max-input-size=2000",
                "--http-restricted-api=logging:admin-key=secret"));
        try {
            assertThat(server.startup().join()).isEmpty();
            for (String model :
                    List.of("mistaken", "foreign", "pointer", "cut_off", "other_dims", "colour_name", "absent")) {
                ask(server, "/v2/repository/models/" + model + "/load", "{}");
            }
            String input = "{\"name\":\"features\",\"datatype\":\"FP32\",\"shape\":[1,4],\"data\":[1,2,3,4]}";
            ask(server, "/v2/models/absent/infer", "{\"inputs\":[" + input + "]}");
            ask(server, "/v2/models/iris/versions/7/infer", "{\"inputs\":[" + input + "]}");
            ask(server, IRIS, "{\"inputs\":[]}");
            ask(server, IRIS, "{\"inputs\":[" + input.replace("features", "feature") + "]}");
            ask(server, IRIS, "{\"inputs\":[" + input.replace("FP32", "FP64") + "]}");
            ask(server, IRIS, "{\"inputs\":[" + input.replace("[1,4]", "[4]") + "]}");
            ask(server, IRIS, "{\"inputs\":[" + input.replace("2,3,4]}", "2,3]}") + "]}");
            ask(server, IRIS, "{\"inputs\":[" + input.replace("4]}", "4,5]}") + "]}");
            String many = "1,".repeat(65 * 4 - 1) + "1";
            ask(server, IRIS, "{\"inputs\":[" + input.replace("[1,4]", "[65,4]").replace("1,2,3,4", many) + "]}");
            ask(server, IRIS, "{\"inputs\":[" + input.replace("1,2,3,4", "1,".repeat(1000) + "1") + "]}");
            ask(server, IRIS, "binary");
            String value = "\"inputs\":[{\"name\":\"VALUE\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[1]}]}";
            ask(server, "/v2/models/running_mean/infer", "{" + value);
            ask(server, "/v2/models/running_mean/infer", "{\"parameters\":{\"sequence_id\":5}," + value);
            ask(server, "/v2/systemsharedmemory/region/r/register", "{\"key\":\"/k\",\"byte_size\":1}");
            ask(server, "/v2/logging", "");
            String port = "--http-port=" + server.port(Front.HTTP).orElseThrow();
            SAID.add(String.valueOf(catchThrowable(() ->
                    Server.start(RunningServers.plainConfig(repository, "--model-control-mode=explicit", port)))));
        } finally {
            assertThat(server.stop()).isTrue();
        }
    }

    private static void copy(Path file, String path) throws IOException {
        Files.createDirectories(repository.resolve(path).getParent());
        Files.copy(file, repository.resolve(path));
    }

    private static void write(String path, String text) throws IOException {
        Files.createDirectories(repository.resolve(path).getParent());
        Files.writeString(repository.resolve(path), text, StandardCharsets.UTF_8);
    }

    private static void ask(Server server, String path, String body) {
        SAID.add(exchange(server, Front.HTTP, path, body).body());
    }

    /** Texts in the first cells of tables, as patterns. */
    private static List<Pattern> quoted() throws IOException {
        return Pattern.compile("^\\| `([^`]+)` \\| ", Pattern.MULTILINE)
                .matcher(Files.readString(PAGE))
                .results()
                .map(match -> match.group(1))
                .map(text -> Pattern.compile(Arrays.stream(text.split(Pattern.quote("..."), -1))
                        .map(Pattern::quote)
                        .collect(Collectors.joining(".*?"))))
                .toList();
    }

    @Test
    void quotedTextsAreSaid() throws IOException {
        assertThat(quoted())
                .hasSizeGreaterThan(20)
                .allSatisfy(text -> assertThat(SAID)
                        .as(text.pattern())
                        .anyMatch(said -> text.matcher(said).find()));
    }
}
