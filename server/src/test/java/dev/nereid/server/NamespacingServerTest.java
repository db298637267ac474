package dev.nereid.server;

import static dev.nereid.server.RunningServers.exchange;
import static dev.nereid.server.RunningServers.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.config.Front;
import dev.nereid.server.repository.folders.RepositoryRoot;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@code --model-namespacing} in a whole server, over HTTP: the cases of Triton's suite L0_model_namespacing, polling and
 * explicit, with real models. {@code addsub_repo} has models whose first output is the sum and whose second one the difference,
 * {@code subadd_repo} such with the outputs the other way round.
 */
@SuppressWarnings("NullAway.Init") // every test starts a server
class NamespacingServerTest {
    /** How a server follows its repositories. */
    enum Mode {
        POLL,
        EXPLICIT;

        private List<String> flags() {
            return switch (this) {
                case POLL -> List.of("--model-control-mode=poll", "--repository-poll-secs=1");
                case EXPLICIT -> List.of("--model-control-mode=explicit");
            };
        }
    }

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long PATIENCE_NANOS = 30_000_000_000L;
    private static final long POLL_PAUSE_NANOS = 5_000_000;
    private static final List<Integer> NUMBERS = IntStream.range(0, 16).boxed().toList();

    private static final String ENSEMBLE = """
            platform: "ensemble"
            max_batch_size: 0
            version_policy: { all { } }
            input [ { name: "INPUT0" data_type: TYPE_INT32 dims: [ 16 ] },
              { name: "INPUT1" data_type: TYPE_INT32 dims: [ 16 ] } ]
            output [ { name: "OUTPUT0" data_type: TYPE_INT32 dims: [ 16 ] },
              { name: "OUTPUT1" data_type: TYPE_INT32 dims: [ 16 ] } ]
            ensemble_scheduling { step [
              { model_name: "MODEL" model_version: -1
                input_map { key: "INPUT0" value: "INPUT0" } input_map { key: "INPUT1" value: "INPUT1" }
                output_map { key: "OUTPUT0" value: "OUTPUT0" } output_map { key: "OUTPUT1" value: "OUTPUT1" } } ] }
            """;

    @TempDir
    Path folder;

    private Path addsub;
    private Path subadd;
    private Server server;

    @AfterEach
    void stop() {
        assertThat(server.stop()).isTrue();
    }

    /** The server with both repositories, where every ensemble is called as it is in the suite. */
    private void start(Mode mode, String... ensembles) {
        List<String> flags = new ArrayList<>(mode.flags());
        flags.add("--model-namespacing=true");
        server = Server.start(RunningServers.plainConfig(
                List.of(new RepositoryRoot.Local(addsub), new RepositoryRoot.Local(subadd)),
                flags.toArray(String[]::new)));
        assertThat(server.startup().join()).isEmpty();
        assertThat(exchange(server, Front.HTTP, "/v2/health/live", "").statusCode())
                .isEqualTo(200);
        assertThat(exchange(server, Front.HTTP, "/v2/health/ready", "").statusCode())
                .isEqualTo(200);
        if (mode == Mode.EXPLICIT) {
            for (String ensemble : ensembles) {
                load(ensemble);
            }
        }
    }

    private void load(String model) {
        send(server, Front.HTTP, "/v2/repository/models/" + model + "/load", "{}");
    }

    /** A model without a config, which is completed from its file. */
    private void writeModel(Path repository, String name) throws IOException {
        boolean sumFirst = repository.equals(addsub);
        Path version = Files.createDirectories(repository.resolve(name).resolve("1"));
        new GraphWriter()
                .input("INPUT0", DataType.INT32, 16)
                .input("INPUT1", DataType.INT32, 16)
                .output("OUTPUT0", DataType.INT32, 16)
                .output("OUTPUT1", DataType.INT32, 16)
                .node(sumFirst ? "Add" : "Sub", "OUTPUT0", "INPUT0", "INPUT1")
                .node(sumFirst ? "Sub" : "Add", "OUTPUT1", "INPUT0", "INPUT1")
                .write(version);
    }

    private static void writeEnsemble(Path repository, String name, String model) {
        ModelFolders.write(repository, name, ENSEMBLE.replace("MODEL", model));
    }

    private void writeRepositories() throws IOException {
        addsub = Files.createDirectories(folder.resolve("test_dir/addsub_repo"));
        subadd = Files.createDirectories(folder.resolve("test_dir/subadd_repo"));
    }

    /** An ensemble of its own in each repository, and a model of one name for both. */
    private void writeDuplication() throws IOException {
        writeRepositories();
        writeModel(addsub, "composing_model");
        writeEnsemble(addsub, "simple_addsub", "composing_model");
        writeModel(subadd, "composing_model");
        writeEnsemble(subadd, "simple_subadd", "composing_model");
    }

    private HttpResponse<String> infer(String model) {
        String input = "{\"name\":\"%s\",\"datatype\":\"INT32\",\"shape\":[16],\"data\":" + NUMBERS + "}";
        return exchange(
                server,
                Front.HTTP,
                "/v2/models/" + model + "/infer",
                "{\"inputs\":[" + input.formatted("INPUT0") + "," + input.formatted("INPUT1") + "]}");
    }

    /** The numbers of OUTPUT0: what they are tells the repositories apart. */
    private List<Integer> firstOutput(String model) throws IOException {
        HttpResponse<String> response = infer(model);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        for (JsonNode output : JSON.readTree(response.body()).get("outputs")) {
            if (output.get("name").asText().equals("OUTPUT0")) {
                List<Integer> numbers = new ArrayList<>();
                output.get("data").forEach(number -> numbers.add(number.intValue()));
                return numbers;
            }
        }
        throw new AssertionError("no OUTPUT0 in " + response.body());
    }

    private void assertAdds(String... models) throws IOException {
        for (String model : models) {
            assertThat(firstOutput(model))
                    .as(model)
                    .isEqualTo(NUMBERS.stream().map(n -> n + n).toList());
        }
    }

    private void assertSubtracts(String... models) throws IOException {
        for (String model : models) {
            assertThat(firstOutput(model))
                    .as(model)
                    .isEqualTo(NUMBERS.stream().map(_ -> 0).toList());
        }
    }

    private void assertAmbiguous(String model) throws IOException {
        HttpResponse<String> response = infer(model);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(JSON.readTree(response.body()).get("error").asText())
                .isEqualTo("There are 2 identifiers of model '" + model
                        + "' in global map, model namespace must be provided to resolve ambiguity.");
    }

    /** Waits until the next poll has bound an ensemble anew, which answers all the time. */
    private void awaitPoll(String ensemble, int secondNumber) throws IOException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (firstOutput(ensemble).get(1) != secondNumber) {
            assertThat(System.nanoTime() - deadline)
                    .as("waited for " + ensemble)
                    .isNegative();
            LockSupport.parkNanos(POLL_PAUSE_NANOS);
        }
    }

    private static String metrics(Server server) {
        return send(server, Front.METRICS, "/metrics", "");
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void servesRepositoriesThatHaveNoNameInCommon(Mode mode) throws IOException {
        writeRepositories();
        writeModel(addsub, "composing_addsub");
        writeEnsemble(addsub, "simple_addsub", "composing_addsub");
        writeModel(subadd, "composing_subadd");
        writeEnsemble(subadd, "simple_subadd", "composing_subadd");
        start(mode, "simple_addsub", "simple_subadd");
        assertAdds("simple_addsub", "composing_addsub");
        assertSubtracts("simple_subadd", "composing_subadd");
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void bindsEnsemblesToTheModelOfTheirOwnRepository(Mode mode) throws IOException {
        writeDuplication();
        start(mode, "simple_addsub", "simple_subadd");
        assertAdds("simple_addsub");
        assertSubtracts("simple_subadd");
        assertAmbiguous("composing_model");
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void servesTheModelsOfEnsemblesThatHaveOneName(Mode mode) throws IOException {
        writeRepositories();
        writeModel(addsub, "composing_addsub");
        writeEnsemble(addsub, "simple_ensemble", "composing_addsub");
        writeModel(subadd, "composing_subadd");
        writeEnsemble(subadd, "simple_ensemble", "composing_subadd");
        start(mode, "simple_ensemble");
        assertAdds("composing_addsub");
        assertSubtracts("composing_subadd");
        assertAmbiguous("simple_ensemble");
    }

    @Test
    void bindsEnsemblesAnewAsThePolledModelsChange() throws IOException {
        writeDuplication();
        start(Mode.POLL);
        Files.move(addsub.resolve("composing_model"), folder.resolve("test_dir/composing_model"));
        awaitPoll("simple_addsub", 0);
        assertSubtracts("simple_subadd", "simple_addsub", "composing_model");

        Files.move(folder.resolve("test_dir/composing_model"), addsub.resolve("composing_model"));
        awaitPoll("simple_addsub", 2);
        assertAdds("simple_addsub");
        assertSubtracts("simple_subadd");
        assertAmbiguous("composing_model");
    }

    @Test
    void bindsEnsemblesAnewAsTheyAreLoaded() throws IOException {
        writeDuplication();
        Files.move(addsub.resolve("composing_model"), folder.resolve("test_dir/composing_model"));
        start(Mode.EXPLICIT, "simple_addsub", "simple_subadd");
        assertSubtracts("simple_subadd", "simple_addsub", "composing_model");

        Files.move(folder.resolve("test_dir/composing_model"), addsub.resolve("composing_model"));
        load("simple_addsub");
        assertAdds("simple_addsub");
        assertSubtracts("simple_subadd");
        assertAmbiguous("composing_model");
    }

    @Test
    void namesTheRepositoryWhereverModelsAreListed() throws IOException {
        writeDuplication();
        start(Mode.EXPLICIT, "simple_addsub", "simple_subadd");
        JsonNode index = JSON.readTree(send(server, Front.HTTP, "/v2/repository/index", "{\"ready\":true}"));
        assertThat(index.findValuesAsText("name"))
                .containsExactly("composing_model", "simple_addsub", "composing_model", "simple_subadd");
        assertThat(index.findValuesAsText("state")).containsOnly("READY");
        assertAdds("simple_addsub");
        assertThat(metrics(server))
                .contains(
                        "nv_inference_count{model=\"composing_model\",namespace=\"" + addsub + "\",version=\"1\"} 1\n")
                .contains(
                        "nv_inference_count{model=\"composing_model\",namespace=\"" + subadd + "\",version=\"1\"} 0\n");
        JsonNode statistics = JSON.readTree(send(server, Front.HTTP, "/v2/models/stats", ""));
        assertThat(statistics.get("model_stats").findValuesAsText("name"))
                .containsExactly("composing_model", "simple_addsub", "composing_model", "simple_subadd");
        JsonNode config = JSON.readTree(send(server, Front.HTTP, "/v2/models/simple_addsub/config", ""));
        assertThat(config.at("/ensemble_scheduling/step/0/model_namespace").asText())
                .isEqualTo(addsub.toString());
        String paths =
                JSON.readTree(send(server, Front.HTTP, "/v2/openapi.json", "")).get("paths").properties().stream()
                        .map(path -> path.getKey())
                        .collect(Collectors.joining("\n"));
        assertThat(paths).contains("/v2/models/simple_addsub/").doesNotContain("composing_model");
    }

    @Test
    void saysOverGrpcTooThatANameIsAmbiguous() throws IOException {
        writeDuplication();
        start(Mode.EXPLICIT, "simple_addsub");
        ManagedChannel channel = RunningServers.channel(server);
        try {
            assertThatThrownBy(() -> GRPCInferenceServiceGrpc.newBlockingStub(channel)
                            .modelInfer(ModelInferRequest.newBuilder()
                                    .setModelName("composing_model")
                                    .build()))
                    .isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
                        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
                        assertThat(e.getStatus().getDescription())
                                .isEqualTo("There are 2 identifiers of model 'composing_model' in global map, model "
                                        + "namespace must be provided to resolve ambiguity.");
                    });
        } finally {
            channel.shutdownNow();
        }
    }
}
