package dev.nereid.server;

import static dev.nereid.server.SageMakerServers.BINARY;
import static dev.nereid.server.SageMakerServers.good;
import static dev.nereid.server.SageMakerServers.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.server.repository.IndexEntry;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A whole server to which SageMaker brings its models; the cases of Triton's suite L0_sagemaker for many models. */
class SageMakerModelsServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path EXAMPLES = Path.of("../models/examples");
    private static final Map<String, String> MULTI = Map.of("SAGEMAKER_TRITON_PING_MODE", "live");
    private static final String TARGET = "X-Amzn-SageMaker-Target-Model";

    private static final String IDENTITY = """
            name: "onnx_zero_1_float32"
            backend: "identity"
            max_batch_size: 8
            input { name: "INPUT0" data_type: TYPE_FP32 dims: -1 }
            output { name: "OUTPUT0" data_type: TYPE_FP32 dims: -1 }
            """;

    private static final String ENSEMBLE = """
            platform: "ensemble"
            max_batch_size: 8
            input [ { name: "INPUT0" data_type: TYPE_INT32 dims: [ 16 ] },
              { name: "INPUT1" data_type: TYPE_INT32 dims: [ 16 ] } ]
            output [ { name: "OUTPUT0" data_type: TYPE_INT32 dims: [ 16 ] } ]
            ensemble_scheduling { step [
              { model_name: "simple" model_version: -1
                input_map { key: "INPUT0" value: "INPUT0" } input_map { key: "INPUT1" value: "INPUT1" }
                output_map { key: "OUTPUT0" value: "OUTPUT0" } } ] }
            """;

    private static final String SUM = RunningServers.simpleRequest("");

    /** Where the server finds no models. */
    @TempDir
    Path repository;

    /** Where SageMaker unpacks archives, each below the hash that it gives it. */
    @TempDir
    Path archives;

    @AutoClose
    private SageMakerServers servers;

    @BeforeEach
    void open() {
        servers = new SageMakerServers(repository);
    }

    private Path archive(String hash) {
        return archives.resolve(hash).resolve("model");
    }

    /** Writes a model to a folder. */
    private static void write(Path folder, String config) throws IOException {
        Files.createDirectories(folder.resolve("1"));
        Files.writeString(folder.resolve("config.pbtxt"), config);
    }

    private static void writeSimple(Path folder) throws IOException {
        write(folder, Files.readString(EXAMPLES.resolve("simple/config.pbtxt")));
        Files.copy(EXAMPLES.resolve("simple/1/model.onnx"), folder.resolve("1/model.onnx"));
    }

    private void writeEnsemble(String hash) throws IOException {
        write(archive(hash).resolve("fan_simple"), ENSEMBLE);
        writeSimple(archive(hash).resolve("simple"));
        write(archive(hash).resolve("nop"), IDENTITY.replace("onnx_zero_1_float32", "nop"));
    }

    private HttpResponse<byte[]> load(Server server, String name, Path url, String... headers) {
        return servers.send(
                server, "POST", "/models", "{\"model_name\":\"" + name + "\",\"url\":\"" + url + "\"}", headers);
    }

    private HttpResponse<byte[]> invoke(Server server, String name, String body, String... headers) {
        return servers.send(server, "POST", "/models/" + name + "/invoke", body, headers);
    }

    private int status(Server server, String method, String path) {
        return servers.send(server, method, path, "").statusCode();
    }

    private static JsonNode json(HttpResponse<byte[]> answer) throws IOException {
        return JSON.readTree(good(answer));
    }

    private static JsonNode model(String name, Path root) {
        return JSON.createObjectNode().put("modelName", name).put("modelUrl", root.toString());
    }

    /** Triton's script has a namespace for each archive, unless it is told not to. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void modelsAreLoadedListedShownInvokedAndUnloaded(boolean namespacing) throws IOException {
        writeSimple(archive("123456789abcdefghi"));
        write(archive("987654321ihgfedcba"), IDENTITY);
        Server server = servers.start(MULTI, "--model-namespacing=" + namespacing);
        good(servers.send(server, "GET", "/ping", ""));

        good(load(server, "sm_mme_model_1", archive("123456789abcdefghi"), "Content-Type", "application/json"));
        assertThat(load(server, "sm_mme_model_1", archive("123456789abcdefghi")).statusCode())
                .isEqualTo(409);
        good(load(server, "sm_mme_model_2", archive("987654321ihgfedcba")));

        JsonNode first = model("sm_mme_model_1", archives.resolve("123456789abcdefghi"));
        JsonNode second = model("sm_mme_model_2", archives.resolve("987654321ihgfedcba"));
        JsonNode list = json(servers.send(server, "GET", "/models", ""));
        assertThat(list.get("models")).containsExactly(first, second);
        assertThat(json(servers.send(server, "GET", "/models/", ""))).isEqualTo(list);
        assertThat(json(servers.send(server, "GET", "/models/sm_mme_model_1", "")))
                .isEqualTo(first);

        JsonNode sums = json(invoke(server, "sm_mme_model_1", SUM));
        assertThat(sums.get("model_name").asText()).isEqualTo("sm_mme_model_1");
        assertThat(sums.at("/outputs/0/data/15").intValue()).isEqualTo(32);
        assertBinaryIdentity(server, "sm_mme_model_2");

        assertThat(status(server, "DELETE", "/models/sm_mme_model_1")).isEqualTo(200);
        assertThat(status(server, "DELETE", "/models/sm_mme_model_2")).isEqualTo(200);
        assertThat(status(server, "DELETE", "/models/sm_non_loaded_model")).isEqualTo(404);
        assertThat(json(servers.send(server, "GET", "/models", "")).get("models"))
                .isEmpty();
        assertThat(status(server, "GET", "/models/sm_mme_model_1")).isEqualTo(404);
        assertThat(invoke(server, "sm_mme_model_1", SUM).statusCode()).isEqualTo(404);
        assertThat(server.repository().index(false)).isEmpty();

        good(load(server, "sm_mme_model_1", archive("123456789abcdefghi")));
        good(invoke(server, "sm_mme_model_1", SUM));
    }

    private void assertBinaryIdentity(Server server, String name) {
        String json = """
                {"inputs":[{"name":"INPUT0","datatype":"FP32","shape":[1,8],"parameters":{"binary_data_size":32}}],
                "outputs":[{"name":"OUTPUT0","parameters":{"binary_data":true}}]}""";
        ByteBuffer body = ByteBuffer.allocate(json.length() + 32).order(ByteOrder.LITTLE_ENDIAN);
        body.put(json.getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < 8; i++) {
            body.putFloat(i);
        }
        HttpResponse<byte[]> answer = servers.sendBytes(
                server, "POST", "/models/" + name + "/invoke", body.array(), "Content-Type", BINARY + json.length());
        good(answer);
        ByteBuffer output = ByteBuffer.wrap(answer.body()).order(ByteOrder.LITTLE_ENDIAN);
        int at = SageMakerServers.jsonBytes(answer);
        for (int i = 0; i < 8; i++) {
            assertThat(output.getFloat(at + 4 * i)).isEqualTo(i);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anEnsembleComesAndGoesWithTheModelsOfItsSteps(boolean namespacing) throws IOException {
        writeEnsemble("123456789ensemble");
        Server server = servers.start(MULTI, "--model-namespacing=" + namespacing);
        String[] header = {TARGET, "123456789ensemble"};
        good(load(server, "123456789ensemble", archive("123456789ensemble"), header));
        JsonNode answer = json(invoke(server, "123456789ensemble", SUM, header));
        assertThat(answer.at("/outputs/0/data/15").intValue()).isEqualTo(32);
        assertThat(answer.get("model_name").asText()).isEqualTo("123456789ensemble");
        assertThat(server.repository().readyModels()).hasSize(2);
        good(servers.send(server, "DELETE", "/models/123456789ensemble", "", header));
        assertThat(server.repository().readyModels()).isEmpty();
    }

    /** SageMaker addresses a model by a hash, and says in a header which archive that is. */
    @Test
    void aModelIsCalledAsTheHeaderSaysAndAddressedByItsKey() throws IOException {
        writeSimple(archive("h").resolve("whatever"));
        Server server = servers.start(MULTI, "--model-namespacing=true");
        good(load(server, "h", archive("h"), TARGET, "simple-v1.tar.gz"));
        assertThat(json(servers.send(server, "GET", "/models", "")).get("models"))
                .containsExactly(model("h", archive("h")));
        assertThat(json(invoke(server, "h", SUM, TARGET, "simple-v1.tar.gz"))
                        .get("model_name")
                        .asText())
                .isEqualTo("simple-v1.tar.gz");
        assertThat(json(invoke(server, "h", SUM)).get("model_name").asText()).isEqualTo("simple-v1.tar.gz");
        assertThat(invoke(server, "simple-v1.tar.gz", SUM).statusCode()).isEqualTo(404);
        assertThat(status(server, "DELETE", "/models/h")).isEqualTo(200);
        assertThat(server.repository().readyModels()).isEmpty();
    }

    @Test
    void aModelThatCannotBeLoadedLeavesNothingBehind() throws IOException {
        writeEnsemble("e");
        Path step = archive("e").resolve("fan_simple/config.pbtxt");
        Files.writeString(step, ENSEMBLE.replace("dims: [ 16 ]", "dims: [ 17 ]"));
        Server server = servers.start(MULTI);
        HttpResponse<byte[]> failed = load(server, "e", archive("e"));
        assertThat(failed.statusCode()).isEqualTo(400);
        assertThat(text(failed)).contains("error").contains("INPUT0");
        assertThat(server.repository().readyModels()).isEmpty();
        assertThat(status(server, "GET", "/models/e")).isEqualTo(404);

        Files.writeString(step, ENSEMBLE);
        good(load(server, "e", archive("e")));
        good(invoke(server, "e", SUM));
    }

    @Test
    void lackOfMemoryHasTheStatusAtWhichSageMakerMakesRoom() throws IOException {
        writeSimple(archive("big"));
        Server server = servers.start(MULTI, "--memory-limit=1");
        HttpResponse<byte[]> answer = load(server, "big", archive("big"));
        assertThat(answer.statusCode()).as(text(answer)).isEqualTo(507);
        assertThat(text(answer)).contains("--memory-limit");
    }

    @Test
    void anArchiveMustSayWhichOfItsFoldersIsMeant() throws IOException {
        write(archive("two").resolve("a"), IDENTITY);
        write(archive("two").resolve("b"), IDENTITY);
        Files.createDirectories(archive("none"));
        Server server = servers.start(MULTI);
        HttpResponse<byte[]> two = load(server, "two", archive("two"));
        assertThat(two.statusCode()).isEqualTo(400);
        assertThat(text(two)).contains("got the folders a, b");
        HttpResponse<byte[]> none = load(server, "none", archive("none"));
        assertThat(none.statusCode()).isEqualTo(400);
        assertThat(text(none)).contains("got no folder");
        HttpResponse<byte[]> absent = load(server, "absent", archive("absent"));
        assertThat(absent.statusCode()).isEqualTo(400);
        assertThat(text(absent)).contains("failed to register '" + archive("absent") + "', repository not found");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/dev/shm", "/proc/self/cwd", "/sys/kernel", "/tmp/../proc/self/root", "LINK"})
    void foldersOfTheSystemAreNoModels(String url) throws IOException {
        Path folder = url.equals("LINK")
                ? Files.createSymbolicLink(archives.resolve("link"), Path.of("/proc/self"))
                : Path.of(url);
        Server server = servers.start(MULTI);
        HttpResponse<byte[]> answer = load(server, "m", folder);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(text(answer)).contains("cannot start with /dev/, /proc/ or /sys/");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{\"model_name\":\"m\"}",
                "{\"url\":\"/tmp\"}",
                "{\"model_name\":1,\"url\":\"/tmp\"}",
                "{\"model_name\":\"../m\",\"url\":\"/tmp\"}",
                "{\"model_name\":\"m\",\"url\":\"a\\u0000b\"}"
            })
    void aLoadThatSaysTooLittleIsABadRequest(String body) throws IOException {
        HttpResponse<byte[]> answer = servers.send(servers.start(MULTI), "POST", "/models", body);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(JSON.readTree(answer.body()).get("error").asText()).isNotEmpty();
    }

    @Test
    void modelsComeOnlyToServersInExplicitMode() throws IOException {
        writeSimple(archive("h"));
        HttpResponse<byte[]> answer = load(servers.start(MULTI, "--model-control-mode=none"), "h", archive("h"));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(text(answer))
                .contains("repository registration is not allowed if model control mode is not EXPLICIT");
    }

    @Test
    void errorsOfInvocationsAreBadRequests() throws IOException {
        writeSimple(archive("h"));
        Server server = servers.start(MULTI);
        good(load(server, "h", archive("h")));
        assertThat(invoke(server, "h", "{").statusCode()).isEqualTo(400);
        assertThat(invoke(server, "h", SUM.replace("INT32", "FP32")).statusCode())
                .isEqualTo(400);
    }

    @Test
    void ofLoadsOfOneModelAtATimeOneIsCarriedOut() throws IOException {
        writeSimple(archive("h"));
        Server server = servers.start(MULTI);
        List<CompletableFuture<Integer>> loads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            loads.add(CompletableFuture.supplyAsync(
                    () -> load(server, "h", archive("h")).statusCode(), Thread.ofVirtual()::start));
        }
        assertThat(loads.stream().map(CompletableFuture::join).sorted())
                .containsExactly(200, 409, 409, 409, 409, 409, 409, 409);
    }

    @Test
    void anUnloadIsAnsweredWhenRequestsInFlightAre() throws IOException {
        write(archive("slow"), IDENTITY + "parameters { key: \"execute_delay_ms\" value { string_value: \"1500\" } }");
        Server server = servers.start(MULTI);
        good(load(server, "slow", archive("slow")));
        String zeros = "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[3]}]}";
        CompletableFuture<HttpResponse<byte[]>> answer =
                CompletableFuture.supplyAsync(() -> invoke(server, "slow", zeros), Thread.ofVirtual()::start);
        while (server.repository().inFlight() == 0) {
            assertThat(answer).isNotDone();
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(status(server, "DELETE", "/models/slow")).isEqualTo(200);
        assertThat(server.repository().inFlight()).isZero();
        assertThat(json(answer.join()).at("/outputs/0/data/0").intValue()).isEqualTo(3);
    }

    /** A hundred thousand may come and go in a server's life; what is listed is what there is. */
    @Test
    void whatHasGoneIsNotListed() throws IOException {
        Server server = servers.start(MULTI, "--model-namespacing=true");
        for (int i : IntStream.range(0, 5).toArray()) {
            write(archive("m" + i), IDENTITY);
            good(load(server, "m" + i, archive("m" + i)));
        }
        assertThat(server.repository().index(false))
                .extracting(IndexEntry::name)
                .hasSize(5);
        for (int i : IntStream.range(1, 5).toArray()) {
            assertThat(status(server, "DELETE", "/models/m" + i)).isEqualTo(200);
        }
        assertThat(server.repository().index(false))
                .extracting(IndexEntry::name)
                .containsExactly("m0");
    }
}
