package dev.nereid.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.grpc.GrpcLimits;
import dev.nereid.server.grpc.KeepAlive;
import dev.nereid.server.http.connection.HttpLimits;
import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.repository.ControlMode;
import dev.nereid.server.repository.folders.RepositoryRoot;
import dev.nereid.server.schedule.limit.RateLimitConfig;
import dev.nereid.server.statement.Statement;
import dev.nereid.server.tls.ServerTls;
import dev.nereid.server.tls.TlsConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerConfigReaderTest {
    private static ServerConfig read(String... arguments) {
        ParsedFlags flags = new FlagParser(ServeFlags.all()).parse(List.of(arguments));
        return ServerConfigReader.read(flags, List.of(new RepositoryRoot.Local(Path.of("/models"))));
    }

    @Test
    @Tag("found-3")
    void readsTheLimitsOfConnections() {
        assertThat(read().grpc().limits()).isEqualTo(GrpcLimits.DEFAULT);
        assertThat(read().http().limits()).isEqualTo(HttpLimits.DEFAULT);
        assertThat(read(
                                "--grpc-max-connections=1",
                                "--grpc-max-concurrent-calls=2",
                                "--grpc-max-resets=3",
                                "--grpc-read-timeout=4",
                                "--grpc-max-connection-idle=0")
                        .grpc()
                        .limits())
                .isEqualTo(new GrpcLimits(1, 2, 3, Duration.ofMillis(4), Duration.ZERO));
        assertThat(read("--http-max-connections=5").http().limits().mostConnections())
                .isEqualTo(5);
        for (String flag : List.of(
                "grpc-max-connections",
                "grpc-max-concurrent-calls",
                "grpc-max-resets",
                "grpc-read-timeout",
                "http-max-connections")) {
            assertThatThrownBy(() -> read("--" + flag + "=0"))
                    .isInstanceOf(CommandLineException.class)
                    .hasMessageContaining("Expected at least 1. Got 0");
        }
        assertThatThrownBy(() -> read("--grpc-max-connection-idle=-1")).hasMessageContaining("Expected at least 0");
    }

    @Test
    void hasTritonsDefaults() {
        ServerConfig config = read();

        assertThat(config.exitTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.exitOnError()).isTrue();
        assertThat(config.log()).isEqualTo(LogConfig.DEFAULT);
        assertThat(config.fronts()).containsExactlyInAnyOrder(Front.HTTP, Front.GRPC, Front.METRICS);
        assertThat(config.vertexAi()).isEmpty();
        assertThat(config.http().address()).isEqualTo("0.0.0.0");
        assertThat(config.http().port()).isEqualTo(8000);
        assertThat(config.http().serverName()).isEqualTo("triton");
        assertThat(config.http().limits().mostInputBytes()).isEqualTo(67108864);
        assertThat(config.grpc().port()).isEqualTo(8001);
        assertThat(config.grpc().keepAlive()).isEqualTo(KeepAlive.DEFAULT);
        assertThat(config.metrics().port()).isEqualTo(8002);
        assertThat(config.repository().mode()).isEqualTo(ControlMode.NONE);
        assertThat(config.repository().strictReadiness()).isTrue();
        assertThat(config.repository().autoComplete()).isTrue();
        assertThat(config.repository().loadThreads()).isEqualTo(4);
        assertThat(config.repository().preferGpu()).isFalse();
        assertThat(config.repository().namespacing()).isFalse();
        assertThat(config.engine().kernelLayers()).containsExactly("scalar", "vector", "native");
    }

    @Test
    void readsWhetherRepositoriesAreNamespaces() {
        assertThat(read("--model-namespacing=true").repository().namespacing()).isTrue();
        assertThat(read("--model-namespacing=false").repository().namespacing()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "a/b", "/etc", "..", ".", "a\\b", ""})
    void refusesStartupModelsThatArePaths(String name) {
        assertThatThrownBy(() -> read("--model-control-mode=explicit", "--load-model=" + name))
                .isInstanceOf(CommandLineException.class)
                .hasMessage("Bad option: \"--load-model\". expected the name of a model, which is a folder of the"
                        + " repository and no path, got '" + name + "'");
    }

    @Test
    @Statement({117, 153})
    void readsHostPoliciesAndMetricsSettings() {
        ServerConfig config = read(
                "--host-policy=cpu,cpu-cores=0-3",
                "--host-policy=cpu,numa-node=0",
                "--host-policy=mine,cpu-cores=4",
                "--metrics-config=summary_latencies=true",
                "--metrics-config=summary_quantiles=0.5:0.05,0.75:0.01");
        assertThat(config.repository().hostPolicies().settings())
                .containsEntry("cpu", Map.of("cpu-cores", "0-3", "numa-node", "0"))
                .containsEntry("mine", Map.of("cpu-cores", "4"));
        assertThat(config.repository().latencies().summaries()).isTrue();
        assertThat(config.repository().latencies().quantiles()).containsExactly(0.5, 0.75);
        for (String flag : List.of(
                "--host-policy=cpu",
                "--host-policy=cpu,cores=1",
                "--host-policy=cpu,cpu-cores=3-1",
                "--host-policy=cpu,numa-node=x",
                "--metrics-config=summary_latencies")) {
            assertThatThrownBy(() -> read(flag)).isInstanceOf(CommandLineException.class);
        }
    }

    /** There is no GPU whose memory a load could exceed; the limit of the host's memory is {@code --memory-limit}. */
    @Test
    @Statement(121)
    void acceptsALimitOfGpuMemory() {
        assertThat(read("--model-load-gpu-limit=0:0.5").repository().mode()).isEqualTo(ControlMode.NONE);
    }

    @Test
    @Statement({107, 110})
    void readsTheRateLimiter() {
        assertThat(read().rateLimit()).isEqualTo(RateLimitConfig.OFF);
        assertThat(read("--rate-limit=execution_count", "--rate-limit-resource=R1:10", "--rate-limit-resource=R2:5:1")
                        .rateLimit())
                .isEqualTo(new RateLimitConfig(
                        true,
                        List.of(
                                new RateLimitConfig.Available("R1", 10, OptionalInt.empty()),
                                new RateLimitConfig.Available("R2", 5, OptionalInt.of(1)))));
        for (String flag : List.of(
                "--rate-limit=on",
                "--rate-limit-resource=R1",
                "--rate-limit-resource=R1:x",
                "--rate-limit-resource=R1:-1",
                "--rate-limit-resource=:1",
                "--rate-limit-resource=R1:1:2:3")) {
            assertThatThrownBy(() -> read(flag)).isInstanceOf(CommandLineException.class);
        }
    }

    @Test
    @Statement(161)
    void pinsAsMuchAsTritonUnlessToldOtherwise() {
        assertThat(read().pinnedMemoryBytes()).isEqualTo(268_435_456);
        assertThat(read("--pinned-memory-pool-byte-size=0").pinnedMemoryBytes()).isZero();
        assertThatThrownBy(() -> read("--pinned-memory-pool-byte-size=-1"))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("Expected at least 0. Got -1");
    }

    @Test
    void watchesGpusUnlessToldNotTo() {
        assertThat(read().gpuMetrics()).contains(Duration.ofSeconds(2));
        assertThat(read("--metrics-interval-ms=50").gpuMetrics()).contains(Duration.ofMillis(50));
        assertThat(read("--allow-gpu-metrics=false").gpuMetrics()).isEmpty();
        assertThat(read("--allow-metrics=false").gpuMetrics()).isEmpty();
        assertThatThrownBy(() -> read("--metrics-interval-ms=0"))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("Expected at least 1. Got 0");
    }

    @Test
    void readsWhatTheFlagsSay() {
        ServerConfig config = read(
                "--id=mine",
                "--exit-timeout-secs=-5",
                "--exit-on-error=false",
                "--log-verbose=2",
                "--log-format=ISO8601",
                "--http-address=127.0.0.1",
                "--allow-grpc=false",
                "--model-control-mode=EXPLICIT",
                "--load-model=a",
                "--load-model=b",
                "--repository-poll-secs=7",
                "--disable-auto-complete-config",
                "--model-load-thread-count=0",
                "--backend-config=default-max-batch-size=16",
                "--backend-config=onnxruntime,default-max-batch-size=2",
                "--kernels=vector",
                "--prefer-gpu",
                "--threads=3",
                "--plan-cache-dir=plans",
                "--memory-limit=2G");

        assertThat(config.exitTimeout()).isZero();
        assertThat(config.exitOnError()).isFalse();
        assertThat(config.log().verbose()).isEqualTo(2);
        assertThat(config.log().format()).isEqualTo(LogConfig.Format.ISO8601);
        assertThat(config.grpc().serverName()).isEqualTo("mine");
        assertThat(config.metrics().address()).isEqualTo("127.0.0.1");
        assertThat(config.fronts()).containsExactlyInAnyOrder(Front.HTTP, Front.METRICS);
        assertThat(config.repository().startupModels()).containsExactly("a", "b");
        assertThat(config.repository().pollInterval()).isEqualTo(Duration.ofSeconds(7));
        assertThat(config.repository().autoComplete()).isFalse();
        assertThat(config.repository().loadThreads()).isEqualTo(1);
        assertThat(config.repository().backendConfig())
                .isEqualTo(Map.of(
                        "", Map.of("default-max-batch-size", "16"),
                        "onnxruntime", Map.of("default-max-batch-size", "2")));
        assertThat(config.repository().memoryLimit().bytes()).isEqualTo(2L << 30);
        assertThat(config.repository().preferGpu()).isTrue();
        assertThat(config.engine())
                .isEqualTo(new EngineConfig(List.of("scalar", "vector"), 3, Optional.of(Path.of("plans"))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"--strict-model-config=true  | false", "--strict-model-config=false | true"})
    void strictConfigTurnsCompletionOff(String flag, boolean autoComplete) {
        assertThat(read(flag).repository().autoComplete()).isEqualTo(autoComplete);
    }

    @Test
    void namesDeprecatedFlagsThatAreOverridden() {
        assertThat(overridden(
                        "--strict-model-config=false",
                        "--disable-auto-complete-config",
                        "--trace-rate=1",
                        "--trace-config=rate=2",
                        "--trace-level=OFF",
                        "--trace-file=f",
                        "--trace-config=triton,file=g"))
                .containsExactly(
                        "Warning: Overriding deprecated '--trace-rate' in favor of provided rate value in --trace-config!",
                        "Warning: Overriding deprecated '--trace-file' in favor of provided file in --trace-config!",
                        "Warning: Overriding deprecated '--strict-model-config' from False to True in favor of "
                                + "'--disable-auto-complete-config'!");
        assertThat(overridden("--trace-file=f", "--trace-config=mode=opentelemetry"))
                .containsExactly(
                        "Warning: '--trace-file' is deprecated and will be ignored with opentelemetry tracing mode.");
        assertThat(overridden("--strict-model-config=true", "--disable-auto-complete-config"))
                .isEmpty();
    }

    private static List<String> overridden(String... arguments) {
        return OverriddenFlags.warnings(new FlagParser(ServeFlags.all()).parse(List.of(arguments)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--load-model=a | Error: Use of '--load-model' requires setting '--model-control-mode=explicit' as well.",
                "--http-max-input-size=0 | Error: --http-max-input-size must be greater than 0.",
                "--model-config-name= | Bad option: \"--model-config-name\". Error: empty argument for --model-config-name",
                "--grpc-infer-thread-count=1 | Bad option: \"--grpc-infer-thread-count\". invalid argument for "
                        + "--grpc_infer_thread_count. Must be in the range 2 to 128.",
                "--grpc-max-response-pool-size=0 | Bad option: \"--grpc-max-response-pool-size\". Error: "
                        + "--grpc-max-response-pool-size must be greater than 0.",
                "--rate-limit-resource=R1 | Bad option: \"--rate-limit-resource\". --rate-limit-resource option format is "
                        + "'<resource_name>:<count>:<device>' or '<resource_name>:<count>'. Got R1",
                "--metrics-config=summary_latencies | Bad option: \"--metrics-config\". --metrics-config option format is "
                        + "<setting>=<value>. Got summary_latencies",
                "--trace-config=level | Bad option: \"--trace-config\". --trace-config option format is "
                        + "'<trace mode>,<setting>=<value>'. Got level",
                "--trace-config=,file=a | Bad option: \"--trace-config\". No trace mode specified. --trace-config option "
                        + "format is <trace mode>,<setting>=<value> or <setting>=<value>. Got ,file=a",
                "--trace-config=mode=a | Bad option: \"--trace-config\". invalid value for trace mode option: a. Available "
                        + "options are \"triton\" and \"opentelemetry\"",
                "--http-restricted-api=health | Bad option: \"--http-restricted-api\". --http-restricted-api option format "
                        + "is '<config name>:<setting>=<value>'. Got health",
                "--threads=0 | Bad option: \"--threads\". Expected at least 1. Got 0",
                "--grpc-use-ssl=true | Bad option: \"--grpc-server-cert\". TLS needs it: expected a PEM file, got none.",
                "--grpc-use-ssl-mutual=false | Bad option: \"--grpc-server-cert\". TLS needs it: expected a PEM file, got "
                        + "none.",
                "--grpc-server-key=key.pem | Bad option: \"--grpc-server-key\". It has a meaning only with "
                        + "--grpc-use-ssl; without it gRPC is served in the clear.",
                "--backend-config=,a=b | Bad option: \"--backend-config\". No backend specified. --backend-config option format "
                        + "is <backend name>,<setting>=<value> or <setting>=<value>. Got ,a=b",
                "--backend-config=default-max-batch-size | Bad option: \"--backend-config\". --backend-config option "
                        + "format is '<backend name>,<setting>=<value>'. Got default-max-batch-size",
                "--backend-config=a,default-max-batch-size= | Bad option: \"--backend-config\". --backend-config option "
                        + "format is '<backend name>,<setting>=<value>'. Got a,default-max-batch-size=",
                "--model-load-gpu-limit=-1:0.6 | Bad option: \"--model-load-gpu-limit\". expects device ID >= 0, got -1",
                "--model-load-gpu-limit=0:-0.4 | Bad option: \"--model-load-gpu-limit\". expects limit fraction to be in "
                        + "range [0.0, 1.0], got -0.4",
                "--backend-config=default-max-batch-size=x | Bad option: \"--backend-config\". default-max-batch-size is a "
                        + "number of at least 0. Got x"
            })
    void refusesInOneSentence(String flag, String sentence) {
        assertThatThrownBy(() -> read(flag))
                .isInstanceOf(CommandLineException.class)
                .hasMessage(sentence);
    }

    @Test
    void refusesAWildcardBesideANameInOneSentence() {
        assertThatThrownBy(() -> read("--model-control-mode=explicit", "--load-model=*", "--load-model=a"))
                .isInstanceOf(CommandLineException.class)
                .hasMessage("Wildcard model name '*' must be the ONLY startup model if specified at all.");
    }

    @Test
    void takesAPollIntervalOfZeroForNoPolls() {
        assertThat(read("--model-control-mode=poll", "--repository-poll-secs=0")
                        .repository()
                        .pollInterval())
                .isZero();
    }

    @Test
    void readsWhoMustShowACertificate() {
        String[] files = {"--grpc-server-cert=c.pem", "--grpc-server-key=k.pem", "--grpc-root-cert=r.pem"};

        assertThat(read().grpc().tls()).isEmpty();
        assertThat(read("--grpc-use-ssl=true", files[0], files[1]).grpc().tls())
                .contains(TlsConfig.of(new ServerTls.Pem(Path.of("c.pem"), Path.of("k.pem"))));
        assertThat(read("--grpc-use-ssl-mutual=true", files[0], files[1], files[2])
                        .grpc()
                        .tls())
                .contains(TlsConfig.of(
                        new ServerTls.Pem(Path.of("c.pem"), Path.of("k.pem")), Optional.of(Path.of("r.pem"))));
    }

    @Test
    @Tag("found-4")
    void givesRequestsHalfOfTheMemoryUnlessToldOtherwise() {
        assertThat(read("--memory-limit=2G").requestMemoryBytes()).isEqualTo(1L << 30);
        assertThat(read("--request-memory-limit=300M").requestMemoryBytes()).isEqualTo(300L << 20);
        assertThatThrownBy(() -> read("--request-memory-limit=lots"))
                .isInstanceOf(CommandLineException.class)
                .hasMessageStartingWith("Bad option: \"--request-memory-limit\". ");
    }

    @Test
    void refusesUnknownKernelsAndMemory() {
        assertThatThrownBy(() -> read("--kernels=fast"))
                .isInstanceOf(CommandLineException.class)
                .hasMessageStartingWith("Bad option: \"--kernels\". ")
                .hasMessageContaining("fast");
        assertThatThrownBy(() -> read("--memory-limit=lots"))
                .isInstanceOf(CommandLineException.class)
                .hasMessageStartingWith("Bad option: \"--memory-limit\". ")
                .hasMessageContaining("lots");
    }

    @Test
    void readsRemoteRepositoriesWithTheEnvironment() {
        Map<String, String> environment = Map.of("AWS_PROFILE", "models");
        ParsedFlags flags = new FlagParser(ServeFlags.all())
                .parse(List.of("--model-repository=s3://bucket/models", "--model-store=/mnt/models"));

        assertThat(RepositoryFlags.roots(flags, environment))
                .containsExactly(
                        new RepositoryRoot.Remote("s3://bucket/models", environment),
                        new RepositoryRoot.Local(Path.of("/mnt/models")));
    }

    @Test
    void aRepositoryWithoutANameIsRefused() {
        ParsedFlags flags = new FlagParser(ServeFlags.all()).parse(List.of("--model-repository="));

        assertThatThrownBy(() -> RepositoryFlags.roots(flags, Map.of()))
                .isInstanceOf(CommandLineException.class)
                .hasMessage("Bad option: \"--model-repository\". expected a folder, got an empty value");
    }

    @Test
    void aRemoteRepositoryWithoutABucketIsRefused() {
        ParsedFlags flags = new FlagParser(ServeFlags.all()).parse(List.of("--model-repository=s3://host:9000"));

        assertThatThrownBy(() -> RepositoryFlags.roots(flags, Map.of()))
                .isInstanceOf(CommandLineException.class)
                .hasMessageStartingWith("Bad option: \"--model-repository\". ")
                .hasMessageContaining("expected s3://<bucket>/<path>")
                .hasMessageContaining("got 's3://host:9000'");
    }

    @Test
    @Tag("found-27")
    void argumentsThatAreNoFlagsNameFilesAndRepositories(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("m.onnx"), "");
        ParsedFlags flags = new FlagParser(ServeFlags.all())
                .parseWithOperands(List.of(file.toString(), "--model-repository=/models", folder.toString()));
        assertThat(RepositoryFlags.roots(flags, Map.of("AIP_STORAGE_URI", "/mnt/models")))
                .containsExactly(
                        new RepositoryRoot.Local(Path.of("/models")),
                        new RepositoryRoot.Direct(file),
                        new RepositoryRoot.Direct(folder));
    }
}
