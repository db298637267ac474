package dev.nereid.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.observe.TraceConfig;
import dev.nereid.server.observe.TraceSetting;
import dev.nereid.server.protocol.ApiGroup;
import dev.nereid.server.protocol.ApiKeys;
import dev.nereid.server.repository.folders.RepositoryRoot;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The flags of shared memory, traces, restricted API groups and forwarded headers. */
class ExtensionFlagsTest {
    private static ServerConfig read(String... arguments) {
        return ServerConfigReader.read(
                new FlagParser(ServeFlags.all()).parse(List.of(arguments)),
                List.of(new RepositoryRoot.Local(Path.of("/models"))));
    }

    @Test
    void allowsNothingUnlessTold() {
        ServerConfig config = read();
        assertThat(config.clientSharedMemory()).isFalse();
        assertThat(config.trace()).isEqualTo(TraceConfig.NONE);
        assertThat(config.http().keys()).isEqualTo(ApiKeys.NONE);
        assertThat(config.grpc().keys()).isEqualTo(ApiKeys.NONE);
        assertThat(config.http().forwarding().isNone()).isTrue();
        assertThat(config.grpc().forwarding().isNone()).isTrue();
        assertThat(read("--allow-client-shm=true").clientSharedMemory()).isTrue();
    }

    @Test
    void readsGuardedGroups() {
        ServerConfig config = read(
                "--http-restricted-api=model-repository,metadata:admin-key=a=b",
                "--http-restricted-api=health:k=v",
                "--grpc-restricted-protocol=shared-memory:x=y");
        ApiKeys.Key admin = new ApiKeys.Key("admin-key", "a=b");
        assertThat(config.http().keys().keys())
                .isEqualTo(Map.of(
                        ApiGroup.MODEL_REPOSITORY, admin,
                        ApiGroup.METADATA, admin,
                        ApiGroup.HEALTH, new ApiKeys.Key("k", "v")));
        assertThat(config.grpc().keys().keys()).isEqualTo(Map.of(ApiGroup.SHARED_MEMORY, new ApiKeys.Key("x", "y")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--http-restricted-api=foo:k=v | unknown restricted api 'foo'",
                "--http-restricted-api=health,health:k=v | restricted api 'health' can not be specified in multiple config groups",
                "--http-restricted-api=health | --http-restricted-api option format is '<config name>:<setting>=<value>'. Got health",
                "--http-restricted-api=health:=v | option format is '<config name>:<setting>=<value>'. Got health:=v",
                "--http-restricted-api=health:k= | option format is '<config name>:<setting>=<value>'. Got health:k=",
                "--grpc-restricted-protocol=:k=v | --grpc-restricted-protocol option format is '<config name>:<setting>=<value>'. Got :k=v",
                "--grpc-restricted-protocol=health,:k=v | unknown restricted protocol ''",
                "--grpc-restricted-protocol=health,health:k=v | restricted protocol 'health' can not be specified in multiple config groups",
                "--http-header-forward-pattern=( | expected a regular expression. Got (",
                "--trace-config=mode=foo | invalid value for trace mode option: foo.",
                "--trace-config=foo,file=x | invalid value for trace mode option: foo.",
                "--trace-config=triton,rate=1 | unknown setting of mode triton 'rate'",
                "--trace-config=file=x | unknown setting 'file'",
                "--trace-config=rate=x | Invalid option value. Got x",
                "--trace-config=level=loud | invalid value for trace level option: loud",
            })
    void refusesWhatItDoesNotUnderstand(String argument, String text) {
        assertThatThrownBy(() -> read(argument))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining(text);
    }

    @Test
    void readsTraceSettingsNewAndOld() {
        TraceConfig config = read(
                        "--trace-config=triton,file=/t.json",
                        "--trace-config=level=timestamps",
                        "--trace-config=level=TENSORS",
                        "--trace-config=rate=7",
                        "--trace-config=triton,log-frequency=3",
                        "--trace-count=5")
                .trace();
        assertThat(config.mode()).isEqualTo("triton");
        assertThat(config.file()).isEqualTo("/t.json");
        assertThat(config.settings())
                .isEqualTo(Map.of(
                        TraceSetting.LEVEL, List.of("TIMESTAMPS", "TENSORS"),
                        TraceSetting.RATE, List.of("7"),
                        TraceSetting.COUNT, List.of("5"),
                        TraceSetting.LOG_FREQUENCY, List.of("3")));
        assertThat(read("--trace-config=level=min", "--trace-config=level=off")
                        .trace()
                        .settings())
                .as("off anywhere wins")
                .containsEntry(TraceSetting.LEVEL, List.of("OFF"));
    }

    @Test
    void takesDefaultsOfAnExporterFromTheEnvironment() {
        Map<String, String> environment = Map.of("OTEL_BSP_MAX_QUEUE_SIZE", "4096", "OTEL_BSP_SCHEDULE_DELAY", "7");
        assertThat(ExporterFlags.complete(Map.of("bsp_schedule_delay", "9"), environment))
                .containsEntry("bsp_max_queue_size", "4096")
                .containsEntry("bsp_schedule_delay", "9")
                .containsEntry("bsp_max_export_batch_size", "512");
        assertThatThrownBy(() -> ExporterFlags.complete(Map.of(), Map.of("OTEL_BSP_SCHEDULE_DELAY", "soon")))
                .isInstanceOf(CommandLineException.class)
                .hasMessage("Bad option: \"OTEL_BSP_SCHEDULE_DELAY\". Expected a whole number, 0 or more, got 'soon'");
    }

    @Test
    void readsWhatAnExporterIsSetTo() {
        TraceConfig config = read("--trace-config=mode=opentelemetry", "--trace-config=opentelemetry,url=http://c/v1")
                .trace();
        assertThat(config.fixed())
                .containsEntry("url", "http://c/v1")
                .containsEntry("trace_mode", "opentelemetry")
                .containsEntry("bsp_max_queue_size", "2048");
    }
}
