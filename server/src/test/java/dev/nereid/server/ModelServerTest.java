package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.ModelConfig;
import dev.nereid.proto.tensorflow.ModelServerConfig;
import dev.nereid.proto.tensorflow.PredictLog;
import dev.nereid.proto.tensorflow.PredictRequest;
import dev.nereid.proto.tensorflow.PredictionLog;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import dev.nereid.server.config.Front;
import dev.nereid.server.config.ModelServerConfigReader;
import dev.nereid.server.config.ModelServerFlags;
import dev.nereid.server.config.StartException;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.folders.StagedRepository;
import dev.nereid.server.tensorflow.models.ServedModels;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that is started as TensorFlow Serving is: which versions it serves, their labels, and reloads. */
class ModelServerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    private Optional<Server> started = Optional.empty();

    private Server server() {
        return started.orElseThrow();
    }

    private void start(String... more) {
        StagedRepository staged = StagedRepository.create();
        List<String> flags = Stream.concat(Stream.of("--port=0", "--rest_api_port=1"), Stream.of(more))
                .toList();
        ModelServerConfigReader.Read read =
                ModelServerConfigReader.read(ModelServerFlags.parse(flags), staged.root(), "127.0.0.1");
        Server server = Server.start(read.server()
                .withTensorflow(read.server().tensorflow().orElseThrow().withRestPort(0)));
        started = Optional.of(server);
        ServedModels models = new ServedModels(read.models(), server.servables(), staged);
        server.closeBefore(models);
        server.closeAfter(staged);
        models.start();
    }

    @AfterEach
    void stop() {
        started.ifPresent(server -> assertThat(server.stop()).isTrue());
    }

    /** Writes y = factor * x over FP32 [batch]. */
    private static void model(Path version, float factor) {
        new GraphWriter()
                .input("x", dev.nereid.proto.onnx.TensorProto.DataType.FLOAT, -1)
                .output("y", dev.nereid.proto.onnx.TensorProto.DataType.FLOAT, -1)
                .constant("factor", List.of(), factor)
                .node("Mul", "y", "x", "factor")
                .write(version);
    }

    private String predict(String what) {
        HttpResponse<String> response = RunningServers.exchange(
                server(), Front.TENSORFLOW_REST, "/v1/models/" + what + ":predict", "{\"instances\": [1.0, 2.0, 5.0]}");
        return response.body().replaceAll("\\s+", " ");
    }

    private String status(String model) {
        return RunningServers.exchange(server(), Front.TENSORFLOW_REST, "/v1/models/" + model, "")
                .body();
    }

    private static void await(BooleanSupplier condition) {
        Instant end = Instant.now().plus(PATIENCE);
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).isBefore(end);
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private ModelConfig.Builder listed(String name) {
        return ModelConfig.newBuilder()
                .setName(name)
                .setBasePath(folder.resolve(name).toString())
                .setModelPlatform("tensorflow");
    }

    private static ModelServerConfig list(ModelConfig.Builder... models) {
        ModelServerConfig.Builder list = ModelServerConfig.newBuilder();
        for (ModelConfig.Builder model : models) {
            list.getModelConfigListBuilder().addConfig(model);
        }
        return list.build();
    }

    @Test
    void servesTheHighestVersionOfOneModelAndFollowsItsFolder() throws IOException {
        model(folder.resolve("m/00000001"), 2);
        start("--model_name=m", "--model_base_path=" + folder.resolve("m"));
        assertThat(predict("m")).isEqualTo("{ \"predictions\": [2.0, 4.0, 10.0 ] }");
        assertThat(predict("m/versions/1")).startsWith("{ \"predictions\"");
        model(folder.resolve("next/7"), 3);
        Files.move(folder.resolve("next/7"), folder.resolve("m/7"));
        await(() -> predict("m").equals("{ \"predictions\": [3.0, 6.0, 15.0 ] }"));
        await(() -> status("m").contains("\"version\":\"1\",\"state\":\"END\""));
        assertThat(predict("m/versions/1"))
                .isEqualTo("{ \"error\": \"Servable not found for request: Specific(m, 1)\" }");
    }

    @Test
    void aVersionThatCannotBeLoadedLeavesTheOldOneServing() throws IOException {
        model(folder.resolve("m/1"), 2);
        start("--model_name=m", "--model_base_path=" + folder.resolve("m"), "--load_retry_interval_micros=100000");
        Files.createDirectories(folder.resolve("broken/2"));
        Files.writeString(folder.resolve("broken/2/model.onnx"), "no model");
        Files.move(folder.resolve("broken/2"), folder.resolve("m/2"));
        await(() -> status("m").contains("\"version\":\"2\",\"state\":\"END\",\"status\":{\"error_code\":\"UNKNOWN\""));
        assertThat(predict("m")).isEqualTo("{ \"predictions\": [2.0, 4.0, 10.0 ] }");
        model(folder.resolve("m/2"), 4);
        await(() -> predict("m").equals("{ \"predictions\": [4.0, 8.0, 20.0 ] }"));
    }

    @Test
    void aFolderWithoutVersionsIsWaitedFor() throws IOException {
        start("--model_name=m", "--model_base_path=" + folder.resolve("m"));
        assertThat(status("m")).contains("Could not find any versions of model m");
        model(folder.resolve("m/1"), 2);
        await(() -> predict("m").startsWith("{ \"predictions\""));
    }

    @Test
    void policiesAndLabelsAreThoseOfTheList() {
        for (int version = 1; version <= 3; version++) {
            model(folder.resolve("m/" + version), version);
        }
        model(folder.resolve("n/5"), 5);
        start("--model_name=m", "--model_base_path=" + folder.resolve("m"));
        ModelConfig.Builder specific = listed("m").putVersionLabels("stable", 1).putVersionLabels("canary", 3);
        specific.getModelVersionPolicyBuilder()
                .getSpecificBuilder()
                .addVersions(1)
                .addVersions(3);
        server().servables().reload(list(specific, listed("n")));
        assertThat(predict("m/labels/stable")).contains("[1.0, 2.0, 5.0 ]");
        assertThat(predict("m/labels/canary")).contains("[3.0, 6.0, 15.0 ]");
        assertThat(predict("m/versions/2")).contains("Servable not found");
        assertThat(predict("n")).contains("[5.0, 10.0, 25.0 ]");
        assertThatThrownBy(
                        () -> server().servables().reload(list(specific.clone().putVersionLabels("stable", 2))))
                .isInstanceOfSatisfying(
                        InferException.class,
                        e -> assertThat(e.code()).isEqualTo(InferException.Code.FAILED_PRECONDITION))
                .hasMessage(
                        "Request to assign label to version 2 of model m, which is not currently available for inference");
        assertThat(predict("m/labels/stable")).contains("[1.0, 2.0, 5.0 ]");
        assertThat(predict("n")).contains("Servable not found");
        specific.getModelVersionPolicyBuilder().getLatestBuilder().setNumVersions(2);
        server().servables().reload(list(specific.clearVersionLabels()));
        assertThat(predict("m/versions/2")).contains("[2.0, 4.0, 10.0 ]");
        assertThat(predict("m/labels/canary")).contains("Unrecognized servable version label: canary");
    }

    @Test
    void aModelThatMovesToAnotherFolderTakesTheConfigThere() throws IOException {
        model(folder.resolve("m/1"), 2);
        model(folder.resolve("moved/1"), 3);
        Files.writeString(
                folder.resolve("moved/config.pbtxt"), "parameters { key: 'folder' value { string_value: 'moved' } }");
        start("--model_name=m", "--model_base_path=" + folder.resolve("m"));
        server().servables()
                .reload(list(listed("m").setBasePath(folder.resolve("moved").toString())));
        assertThat(predict("m")).contains("[3.0, 6.0, 15.0 ]");
        assertThat(server().repository().find("m", "").config().getParametersMap())
                .containsKey("folder");
    }

    @Test
    void aListThatIsWrongChangesNothing() {
        model(folder.resolve("m/1"), 2);
        start("--model_name=m", "--model_base_path=" + folder.resolve("m"));
        Map.of(
                        list(listed("m"), listed("m")),
                        "Illegal to list model m multiple times in config list",
                        list(listed("m").clearModelPlatform()),
                        "Illegal setting neither ModelServerConfig::model_type nor model_platform for model 'm'.",
                        list(listed("m").setBasePath("m")),
                        "Expected model m to have an absolute path or URI; got base_path()=m")
                .forEach((list, text) -> assertThatThrownBy(
                                () -> server().servables().reload(list))
                        .hasMessage(text));
        assertThat(predict("m")).startsWith("{ \"predictions\"");
    }

    @Test
    void theFileWithTheListIsFollowed() throws IOException {
        model(folder.resolve("m/1"), 2);
        model(folder.resolve("n/1"), 3);
        Path file = folder.resolve("models.config");
        String one = "model_config_list: { config { name: 'm', base_path: \"" + folder.resolve("m")
                + "\"; model_platform: \"tensor\" \"flow\" } # a comment\n";
        Files.writeString(file, one + "}");
        start("--model_config_file=" + file, "--model_config_file_poll_wait_seconds=1");
        assertThat(predict("m")).startsWith("{ \"predictions\"");
        Files.writeString(
                file,
                one + "config: < name: 'n' base_path: '" + folder.resolve("n") + "' model_platform: 'tensorflow' > }");
        await(() -> predict("n").startsWith("{ \"predictions\""));
    }

    @Test
    void requestsAreBatchedWhereTheFlagsSayIt() throws IOException {
        model(folder.resolve("m/1"), 2);
        Path file = folder.resolve("batching");
        Files.writeString(file, "max_batch_size { value: 2 } batch_timeout_micros { value: 1000 }");
        start(
                "--model_name=m",
                "--model_base_path=" + folder.resolve("m"),
                "--enable_batching",
                "--batching_parameters_file=" + file);
        assertThat(predict("m")).contains("must be <= 2");
        assertThat(RunningServers.exchange(
                                server(), Front.TENSORFLOW_REST, "/v1/models/m:predict", "{\"instances\": [1.0, 2.0]}")
                        .body())
                .contains("[2.0, 4.0");
    }

    @Test
    void theRequestsThatAVersionBringsAreRun() throws IOException {
        model(folder.resolve("m/1"), 2);
        TensorProto x = TensorProto.newBuilder()
                .setDtype(DataType.DT_FLOAT)
                .setTensorShape(TensorShapeProto.newBuilder()
                        .addDim(TensorShapeProto.Dim.newBuilder().setSize(3)))
                .addFloatVal(1)
                .build();
        PredictionLog log = PredictionLog.newBuilder()
                .setPredictLog(PredictLog.newBuilder()
                        .setRequest(PredictRequest.newBuilder().putInputs("x", x)))
                .build();
        Files.createDirectories(folder.resolve("m/1/assets.extra"));
        try (OutputStream file = Files.newOutputStream(folder.resolve("m/1/assets.extra/tf_serving_warmup_requests"))) {
            for (int i = 0; i < 2; i++) {
                writeRecord(file, log.toByteArray());
            }
        }
        start("--model_name=m", "--model_base_path=" + folder.resolve("m"));
        assertThat(server().repository().find("m", "").statistics().snapshot().executionCount())
                .isEqualTo(2);
    }

    private static void writeRecord(OutputStream file, byte[] data) throws IOException {
        byte[] length = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(data.length)
                .array();
        for (byte[] part : new byte[][] {length, data}) {
            CRC32C checksum = new CRC32C();
            checksum.update(part);
            int value = (int) checksum.getValue();
            file.write(part);
            file.write(ByteBuffer.allocate(Integer.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(((value >>> 15) | (value << 17)) + 0xa282ead8)
                    .array());
        }
    }

    /** The launcher prints the file without a JVM. */
    @Test
    void committedFileIsTheUsage() throws IOException {
        Path renewed = Files.writeString(Path.of("target/usage-tensorflow_model_server.txt"), ModelServerFlags.usage());
        assertThat(Path.of("../docs/usage-tensorflow_model_server.txt"))
                .as("it differs from the flags: copy server/target/usage-tensorflow_model_server.txt over it")
                .hasSameTextualContentAs(renewed);
    }

    @Test
    void metricsAreUnderTheirNames() throws IOException {
        model(folder.resolve("m/1"), 2);
        Path file = Files.writeString(folder.resolve("monitoring"), "prometheus_config { enable: true, path: '/m' }");
        start("--model_name=m", "--model_base_path=" + folder.resolve("m"), "--monitoring_config_file=" + file);
        predict("m");
        predict("other");
        RunningServers.exchange(server(), Front.TENSORFLOW_REST, "/v1/models/m:predict", "{}");
        assertThat(RunningServers.exchange(server(), Front.TENSORFLOW_REST, "/m", "")
                        .body())
                .contains(
                        ":tensorflow:serving:request_count{model_name=\"m\",status=\"OK\"} 1\n",
                        ":tensorflow:serving:request_count{model_name=\"m\",status=\"INVALID_ARGUMENT\"} 1\n",
                        ":tensorflow:serving:request_latency_count{model_name=\"m\",API=\"predict\",entrypoint=\"REST\"} 1\n")
                .doesNotContain("model_name=\"other\"");
    }

    @Test
    void webPagesMayAskWhereTheFlagAllowsIt() throws Exception {
        model(folder.resolve("m/1"), 2);
        start("--model_name=m", "--model_base_path=" + folder.resolve("m"), "--rest_api_enable_cors_support");
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                        + server().port(Front.TENSORFLOW_REST).orElseThrow() + "/v1/models/m:predict"))
                .header("Origin", "https://example.org")
                .POST(HttpRequest.BodyPublishers.ofString("{\"instances\": [1.0]}"))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().allValues("Access-Control-Allow-Origin"))
                    .containsExactly("*");
        }
    }

    @Test
    void flagsThatDoNotGoTogetherEndTheStart() {
        assertThatThrownBy(this::start)
                .isInstanceOf(StartException.class)
                .hasMessageContaining(
                        "Both server_options.model_base_path and server_options.model_config_file are empty!");
        assertThatThrownBy(() -> start("--model_base_path=/m", "--batching_parameters_file=x"))
                .hasMessageContaining("without setting server_options.enable_batching to true");
        assertThatThrownBy(() -> start("--model_config_file=" + folder.resolve("none")))
                .hasMessageContaining("cannot be read");
        assertThatThrownBy(() -> ModelServerFlags.parse(List.of("--port=x")))
                .hasMessage("Couldn't interpret value x for flag port.");
        assertThat(ModelServerFlags.parse(List.of("--port", "8500", "-v", "--nothing=1"))
                        .unknown())
                .containsExactly("--port", "8500", "-v", "--nothing=1");
        assertThat(ModelServerFlags.parse(List.of("--use_tfrt")).warnings()).hasSize(1);
    }
}
