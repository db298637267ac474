package dev.nereid.server.torchserve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.nereid.server.cli.Flag;
import dev.nereid.server.config.ServeFlags;
import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TorchServePropertiesTest {
    @TempDir
    private Path folder;

    private static TorchServeConfig config(Map<String, String> file) {
        return new TorchServeProperties(file, Map.of(), Map.of()).config(Path.of("w"), Path.of("h"), false);
    }

    private static Arguments sets(String key, String value, Function<TorchServeConfig, Object> read, Object expected) {
        return arguments(key, value, read, expected);
    }

    static Stream<Arguments> honoured() {
        return Stream.of(
                sets(
                        "inference_address",
                        "http://0.0.0.0:8085",
                        c -> c.addresses().inference(),
                        new ListenAddress("0.0.0.0", 8085)),
                sets(
                        "management_address",
                        "http://localhost:9",
                        c -> c.addresses().management(),
                        new ListenAddress("localhost", 9)),
                sets("metrics_address", "http://[::1]:8", c -> c.addresses().metrics(), new ListenAddress("::1", 8)),
                sets(
                        "grpc_inference_address",
                        "0.0.0.0",
                        c -> c.addresses().grpcInference(),
                        new ListenAddress("0.0.0.0", 7070)),
                sets(
                        "grpc_inference_port",
                        "17070",
                        c -> c.addresses().grpcInference(),
                        new ListenAddress("127.0.0.1", 17070)),
                sets(
                        "grpc_management_address",
                        "0.0.0.0",
                        c -> c.addresses().grpcManagement(),
                        new ListenAddress("0.0.0.0", 7071)),
                sets(
                        "grpc_management_port",
                        "17071",
                        c -> c.addresses().grpcManagement(),
                        new ListenAddress("127.0.0.1", 17071)),
                sets("load_models", "all", TorchServeConfig::loadModels, "all"),
                sets("model_store", "/store", TorchServeConfig::modelStore, Optional.of(Path.of("/store"))),
                sets(
                        "models",
                        "{\"m\": {\"1.0\": {\"defaultVersion\": true, \"marName\": \"m.mar\", \"minWorkers\": 2, \"maxWorkers\": 2,"
                                + " \"batchSize\": 4}}}",
                        TorchServeConfig::models,
                        Map.of(
                                "m",
                                Map.of(
                                        "1.0",
                                        new ModelSettings(
                                                true,
                                                "m.mar",
                                                Map.of("minWorkers", 2L, "maxWorkers", 2L, "batchSize", 4L))))),
                sets(
                        "model_snapshot",
                        "{\"name\": \"x\", \"modelCount\": 1, \"models\": {\"m\": {\"1.0\": {\"marName\": \"m.mar\"}}}}",
                        TorchServeConfig::models,
                        Map.of("m", Map.of("1.0", ModelSettings.of("m.mar")))),
                sets("default_workers_per_model", "3", c -> c.defaults().workers(), 3),
                sets("job_queue_size", "7", c -> c.defaults().jobQueueSize(), 7),
                sets("default_response_timeout", "5", c -> c.defaults().responseTimeoutSeconds(), 5),
                sets("default_startup_timeout", "6", c -> c.defaults().startupTimeoutSeconds(), 6),
                sets("unregister_model_timeout", "8", c -> c.defaults().unregisterTimeoutSeconds(), 8),
                sets("max_request_size", "10", c -> c.limits().request(), 10),
                sets("max_response_size", "11", c -> c.limits().response(), 11),
                sets("max_archive_download_size", "12", c -> c.limits().download(), 12L),
                sets("enable_metrics_api", "false", c -> c.metrics().served(), false),
                sets("metrics_mode", "prometheus", c -> c.metrics().prometheus(), true),
                sets("service_envelope", "kserve", TorchServeConfig::envelope, "kserve"),
                sets("cors_allowed_origin", "*", c -> c.cors().origin(), "*"),
                sets("cors_allowed_methods", "GET", c -> c.cors().methods(), "GET"),
                sets("cors_allowed_headers", "X", c -> c.cors().headers(), "X"),
                sets(
                        "allowed_urls",
                        "https://a/.*,file:///b/.*",
                        c -> c.allowedUrls().toString(),
                        "[https://a/.*, file:///b/.*]"),
                sets("disable_token_authorization", "true", c -> c.tokens().enabled(), false),
                sets("token_expiration_min", "0.5", c -> c.tokens().minutes(), 0.5),
                sets("enable_model_api", "TRUE", TorchServeConfig::modelApi, true),
                sets("disable_system_metrics", "true", c -> c.metrics().machine(), false),
                sets(
                        "ts_header_key_sequence_id",
                        "s",
                        c -> c.defaults().session().id(),
                        "s"),
                sets(
                        "ts_header_key_sequence_start",
                        "s",
                        c -> c.defaults().session().start(),
                        "s"),
                sets(
                        "ts_header_key_sequence_end",
                        "s",
                        c -> c.defaults().session().end(),
                        "s"));
    }

    @ParameterizedTest
    @MethodSource("honoured")
    void aKeySetsWhatItNames(String key, String value, Function<TorchServeConfig, Object> read, Object expected) {
        assertThat(read.apply(config(Map.of()))).isNotEqualTo(expected);
        assertThat(read.apply(config(Map.of(key, value)))).isEqualTo(expected);
        assertThat(new TorchServeProperties(Map.of(key, value), Map.of(), Map.of()).warnings())
                .isEmpty();
    }

    @Test
    void flagsOfTheEngineComeFromTheFileAndTheEnvironment() {
        TorchServeProperties properties = new TorchServeProperties(
                Map.of("nereid.threads", "2", "nereid.memory-limit", "$$SIZE$$"),
                Map.of(),
                Map.of("SIZE", "4G", "NEREID_THREADS", "3", "NEREID_JAVA_OPTIONS", "-Xmx1g"));
        assertThat(properties.warnings()).isEmpty();
        assertThat(properties.engineFlags()).containsExactly("--threads=3", "--memory-limit=4G");
        assertThat(properties.config(Path.of("w"), Path.of("h"), false).properties())
                .as("snapshots have them")
                .containsEntry("nereid.memory-limit", "4G");
        assertThatThrownBy(() -> new TorchServeProperties(Map.of("nereid.thread", "2"), Map.of(), Map.of()))
                .hasMessageStartingWith(
                        "property 'nereid.thread': expected nereid. and one of threads, memory-limit, ");
    }

    @Test
    void eachFlagOfTheEngineIsOneOfServe() {
        assertThat(ServeFlags.all().stream()
                        .flatMap(group -> group.flags().stream())
                        .map(Flag::name))
                .containsAll(PropertyTable.ENGINE);
    }

    /** The keys that only change how others are read have tests of their own. */
    @Test
    void everyHonouredKeyIsTested() {
        List<String> tested = new java.util.ArrayList<>(
                honoured().map(row -> (String) row.get()[0]).toList());
        tested.addAll(List.of(
                "enable_envvars_config",
                "use_env_allowed_urls",
                "enable_grpc_ssl",
                "certificate_file",
                "private_key_file",
                "keystore",
                "keystore_pass",
                "keystore_type"));
        assertThat(tested).containsExactlyInAnyOrderElementsOf(PropertyTable.HONOURED);
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                arguments(
                        "inference_address",
                        "https://0.0.0.0:1",
                        "an address with https needs 'certificate_file', a PEM file, or 'keystore'"),
                arguments(
                        "inference_address",
                        "unix:",
                        "inference_address: 'unix:': expected unix:PATH with the path of a socket"),
                arguments(
                        "inference_address",
                        "8080",
                        "inference_address: expected http://host:port, https://host:port or unix:PATH, got '8080'"),
                arguments("grpc_inference_port", "70000", "expected a port from 0 to 65535, got 70000"),
                arguments(
                        "job_queue_size", "0", "job_queue_size: expected a whole number from 1 to 2147483647, got '0'"),
                arguments("metrics_mode", "x", "metrics_mode: expected log, prometheus, legacy, got 'x'"),
                arguments("enable_model_api", "yes", "enable_model_api: expected true or false, got 'yes'"),
                arguments("models", "{", "models: expected JSON: "),
                arguments("models", "{\"m\": 1}", "models.m: expected an object, got 1"),
                arguments(
                        "models",
                        "{\"m\": {\"1\": {\"batchSize\": 0}}}",
                        "models: expected batchSize as a whole number from 1 on, got 0"),
                arguments("model_snapshot", "{}", "model_snapshot: expected a member 'models'"),
                arguments(
                        "allowed_urls",
                        "(",
                        "allowed_urls: expected regular expressions with commas between them, got '('"),
                arguments("token_expiration_min", "-1", "token_expiration_min: expected a number above 0, got '-1'"),
                arguments("enable_grpc_ssl", "true", "enable_grpc_ssl=true needs 'certificate_file', a PEM file"),
                arguments("model_store", "$$NOWHERE$$", "model_store: the environment has no variable 'NOWHERE'"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void aWrongValueIsToldByItsKey(String key, String value, String text) {
        assertThatThrownBy(() -> config(Map.of(key, value)))
                .isInstanceOf(InferException.class)
                .hasMessageStartingWith(text);
    }

    @Test
    void keysThatAreUnknownOrWithoutEffectAreToldOf() {
        assertThat(new TorchServeProperties(Map.of("vmargs", "-Xmx1g", "infrence_address", "x"), Map.of(), Map.of())
                        .warnings())
                .containsExactly(
                        "property 'infrence_address' is unknown: did you mean 'inference_address'?",
                        "property 'vmargs' is accepted as TorchServe's, but has no effect here: NEREID_JAVA_OPTIONS has flags for the "
                                + "JVM");
    }

    @Test
    void theEnvironmentComesBeforeTheCommandLineAndThatBeforeTheFile() {
        Map<String, String> file =
                new HashMap<>(Map.of("job_queue_size", "1", "default_response_timeout", "1", "max_request_size", "1"));
        Map<String, String> line = Map.of("job_queue_size", "2", "default_response_timeout", "2");
        Map<String, String> environment =
                Map.of("TS_JOB_QUEUE_SIZE", "3", "TS_ALLOWED_URLS", "x", "TS_DISABLE_TOKEN_AUTHORIZATION", "true");
        TorchServeConfig without =
                new TorchServeProperties(file, line, environment).config(Path.of("w"), Path.of("h"), false);
        assertThat(without.defaults().jobQueueSize()).isEqualTo(2);
        assertThat(without.limits().request()).isEqualTo(1);
        assertThat(without.tokens().enabled()).isFalse();
        assertThat(without.allowedUrls()).isNotEmpty().first().asString().isEqualTo("file://.*|http(s)?://.*");
        file.put("enable_envvars_config", "true");
        TorchServeConfig with =
                new TorchServeProperties(file, line, environment).config(Path.of("w"), Path.of("h"), false);
        assertThat(with.defaults().jobQueueSize()).isEqualTo(3);
        assertThat(with.defaults().responseTimeoutSeconds()).isEqualTo(2);
        assertThat(with.allowedUrls().toString()).isEqualTo("[x]");
    }

    @Test
    void filesHaveTheSyntaxOfJavaProperties() throws IOException {
        Path file = Files.writeString(
                folder.resolve("config.properties"),
                "# comment\nmodel_store = $$STORE$$/models\nmodels={\\\n  \"m\": {\\\n    \"1.0\": {\"marName\": \"m.mar\"}\\\n  }\\\n}\n");
        TorchServeConfig config = new TorchServeProperties(
                        PropertiesFile.read(file), Map.of(), Map.of("STORE", "/data"))
                .config(Path.of("w"), Path.of("h"), false);
        assertThat(config.modelStore()).contains(Path.of("/data/models"));
        assertThat(config.models()).containsOnlyKeys("m");
    }

    @Test
    void theFileIsLookedForInTheOrderOfTorchServe() throws IOException {
        assertThat(PropertiesFile.find(Optional.empty(), Map.of(), folder, true))
                .isEmpty();
        Path usual = Files.writeString(folder.resolve("config.properties"), "");
        assertThat(PropertiesFile.find(Optional.empty(), Map.of(), folder, true))
                .contains(usual);
        Path snapshots = Files.createDirectories(folder.resolve("logs/config"));
        Files.writeString(snapshots.resolve("20260101-snapshot.cfg"), "");
        Path newest = Files.writeString(snapshots.resolve("20260102-snapshot.cfg"), "");
        assertThat(PropertiesFile.find(Optional.empty(), Map.of(), folder, true))
                .contains(newest);
        assertThat(PropertiesFile.find(Optional.empty(), Map.of(), folder, false))
                .contains(usual);
        Path other = Files.writeString(folder.resolve("other.properties"), "");
        assertThat(PropertiesFile.find(Optional.empty(), Map.of("TS_CONFIG_FILE", other.toString()), folder, true))
                .contains(other);
        assertThat(PropertiesFile.find(Optional.of("config.properties"), Map.of("TS_CONFIG_FILE", "x"), folder, true))
                .contains(usual);
        assertThatThrownBy(() -> PropertiesFile.find(Optional.of("none"), Map.of(), folder, true))
                .hasMessageContaining("expected a file, got");
    }
}
