package dev.nereid.server;

import static dev.nereid.server.RunningServers.exchange;
import static dev.nereid.server.RunningServers.send;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nereid.server.config.Front;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PyTorch's exported programs in a repository of Triton's layout, over HTTP, with a config and without. */
@SuppressWarnings("NullAway.Init") // set before all tests
class PyTorchModelsServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PROGRAMS = "/dev/nereid/models/pytorch/export/programs/";

    @TempDir
    private static Path repository;

    private static Server server;

    @BeforeAll
    static void start() throws IOException {
        copy("mlp", "bare/1/model.pt2");
        copy("mlp", "named/1/model.pt2");
        write("named/config.pbtxt", """
                platform: "pytorch_libtorch"
                max_batch_size: 8
                input { name: "INPUT__0" data_type: TYPE_FP32 dims: 4 }
                output { name: "OUTPUT__0" data_type: TYPE_FP32 dims: -1 }
                parameters { key: "INFERENCE_MODE" value { string_value: "true" } }
                parameters { key: "INTRA_OP_THREAD_COUNT" value { string_value: "1" } }
                """);
        copy("outputs", "ordered/1/net.bin");
        write("ordered/config.pbtxt", """
                backend: "pytorch"
                default_model_filename: "net.bin"
                input [ { name: "table" data_type: TYPE_FP32 dims: [ -1, 4 ] }, { name: "row" data_type: TYPE_FP32 dims: 3 } ]
                output [ { name: "sums" data_type: TYPE_FP32 dims: [ -1, 4 ] }, { name: "count" data_type: TYPE_INT64 dims: 1 } ]
                """);
        copy("mlp", "unbatched/1/model.pt2");
        write("unbatched/config.pbtxt", """
                backend: "pytorch"
                input { name: "x" data_type: TYPE_FP32 dims: [ -1, 4 ] }
                output { name: "linear_1" data_type: TYPE_FP32 dims: [ -1, 3 ] }
                """);
        copy("counter", "counter/1/model.pt2");
        copy("mlp", "weights/1/model.pt2");
        try (ZipFile program =
                new ZipFile(repository.resolve("weights/1/model.pt2").toFile())) {
            ZipEntry state = Objects.requireNonNull(program.getEntry("serialized_state_dict.pt"));
            Files.write(
                    repository.resolve("weights/1/model.pt"),
                    program.getInputStream(state).readAllBytes());
        }
        Files.delete(repository.resolve("weights/1/model.pt2"));
        server = Server.start(RunningServers.plainConfig(
                repository,
                "--model-control-mode=explicit",
                "--load-model=bare",
                "--load-model=named",
                "--load-model=unbatched",
                "--load-model=ordered"));
        assertThat(server.startup().join()).isEmpty();
    }

    @AfterAll
    static void stop() {
        assertThat(server.stop()).isTrue();
    }

    @Test
    void aProgramWithoutAConfigHasTheNamesAndDimsOfItsFile() throws IOException {
        JsonNode config = JSON.readTree(send(server, Front.HTTP, "/v2/models/bare/config", ""));
        assertThat(config.get("backend").asText()).isEqualTo("pytorch");
        assertThat(config.get("max_batch_size").asInt()).isPositive();
        assertThat(config.get("input").get(0).get("name").asText()).isEqualTo("x");
        assertThat(config.get("input").get(0).get("dims")).hasToString("[4]");
        assertThat(config.get("output").get(0).get("dims")).hasToString("[3]");
        String output = config.get("output").get(0).get("name").asText();
        answersAsPyTorch("bare", "x", output);
    }

    @Test
    void aConfigMayNameTensorsByTheirIndex() throws IOException {
        answersAsPyTorch("named", "INPUT__0", "OUTPUT__0");
    }

    @Test
    void otherNamesMeanTensorsInTheConfigsOrder() throws IOException {
        JsonNode golden = golden("outputs/b6");
        ObjectNode request = JSON.createObjectNode();
        ArrayNode inputs = request.putArray("inputs");
        inputs.add(input(golden.get("inputs").get(1), "row"))
                .add(input(golden.get("inputs").get(0), "table"));
        JsonNode answer = JSON.readTree(send(server, Front.HTTP, "/v2/models/ordered/infer", request.toString()));
        for (JsonNode output : answer.get("outputs")) {
            agree(output, golden.get("outputs").get(output.get("name").asText().equals("sums") ? 0 : 1));
        }
    }

    @Test
    void aProgramWithStateAndWeightsAloneAreRefusedWithWhatToDo() {
        assertThat(load("counter")).contains("writes its buffer 'count'", "export it in eval mode");
        assertThat(load("weights")).contains("written by torch.save", "torch.export.save");
    }

    @Test
    void dimsOutsideTheExportedRangeAreRefused() {
        String numbers = "1,".repeat(400 - 1) + "1";
        String body =
                "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[100,4],\"data\":[" + numbers + "]}]}";
        HttpResponse<String> answer = exchange(server, Front.HTTP, "/v2/models/unbatched/infer", body);
        assertThat(answer.body()).contains("dim 0 is 100, the model was exported for 0 to 64");
    }

    private static void answersAsPyTorch(String model, String input, String output) throws IOException {
        JsonNode golden = golden("mlp/b3");
        ObjectNode request = JSON.createObjectNode();
        request.putArray("inputs").add(input(golden.get("inputs").get(0), input));
        JsonNode answer = JSON.readTree(send(server, Front.HTTP, "/v2/models/" + model + "/infer", request.toString()));
        JsonNode got = answer.get("outputs").get(0);
        assertThat(got.get("name").asText()).isEqualTo(output);
        agree(got, golden.get("outputs").get(0));
    }

    private static void agree(JsonNode got, JsonNode expected) {
        assertThat(got.get("shape")).isEqualTo(expected.get("shape"));
        assertThat(got.get("datatype")).isEqualTo(expected.get("datatype"));
        for (int i = 0; i < expected.get("values").size(); i++) {
            assertThat(got.get("data").get(i).asDouble())
                    .isCloseTo(expected.get("values").get(i).asDouble(), Offset.offset(1e-4));
        }
    }

    private static ObjectNode input(JsonNode golden, String name) {
        ObjectNode input = JSON.createObjectNode().put("name", name);
        input.set("datatype", golden.get("datatype"));
        input.set("shape", golden.get("shape"));
        input.set("data", golden.get("values"));
        return input;
    }

    private static String load(String model) {
        return exchange(server, Front.HTTP, "/v2/repository/models/" + model + "/load", "{}")
                .body();
    }

    private static JsonNode golden(String path) throws IOException {
        try (InputStream in = resource(path + "/case.json")) {
            return JSON.readTree(in);
        }
    }

    private static void copy(String program, String path) throws IOException {
        Files.createDirectories(repository.resolve(path).getParent());
        try (InputStream in = resource(program + "/model.pt2")) {
            Files.copy(in, repository.resolve(path));
        }
    }

    private static void write(String path, String text) throws IOException {
        Files.writeString(repository.resolve(path), text);
    }

    private static InputStream resource(String path) {
        return Objects.requireNonNull(PyTorchModelsServerTest.class.getResourceAsStream(PROGRAMS + path), path);
    }
}
