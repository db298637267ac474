package dev.nereid.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.http.SageMakerConfig;
import dev.nereid.server.repository.folders.RepositoryRoot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SageMakerFlagsTest {
    private static ServerConfig read(Map<String, String> environment, String... arguments) {
        return ServerConfigReader.read(
                new FlagParser(ServeFlags.all()).parse(List.of(arguments)),
                List.of(new RepositoryRoot.Local(Path.of("/models"))),
                environment);
    }

    private static ServerConfig allowed(String... more) {
        List<String> arguments = new ArrayList<>(List.of("--allow-sagemaker=true"));
        arguments.addAll(List.of(more));
        return read(Map.of(), arguments.toArray(String[]::new));
    }

    @Test
    void itIsOpenedWhereItIsAskedFor() {
        assertThat(read(Map.of()).fronts()).doesNotContain(Front.SAGEMAKER);
        ServerConfig config = allowed("--http-address=127.0.0.1");
        SageMakerConfig sageMaker = config.sageMaker().orElseThrow();
        assertThat(config.fronts()).contains(Front.SAGEMAKER, Front.HTTP, Front.GRPC, Front.METRICS);
        assertThat(config.address(Front.SAGEMAKER)).isEqualTo("127.0.0.1");
        assertThat(config.port(Front.SAGEMAKER)).isEqualTo(8080);
        assertThat(sageMaker.ping()).isEqualTo(SageMakerConfig.Ping.READY);
        assertThat(sageMaker.inference()).isEqualTo(SageMakerConfig.Inference.INFER);
        assertThat(sageMaker.defaultModel()).isEmpty();
    }

    @Test
    void variablesSayWhatIsAskedAndInvoked() {
        SageMakerConfig sageMaker = read(
                        Map.of(
                                "SAGEMAKER_TRITON_PING_MODE", "live",
                                "SAGEMAKER_TRITON_INFERENCE_TYPE", "generate_stream",
                                "SAGEMAKER_TRITON_DEFAULT_MODEL_NAME", "m"),
                        "--allow-sagemaker=true",
                        "--sagemaker-port=99")
                .sageMaker()
                .orElseThrow();
        assertThat(sageMaker.ping()).isEqualTo(SageMakerConfig.Ping.LIVE);
        assertThat(sageMaker.inference()).isEqualTo(SageMakerConfig.Inference.GENERATE_STREAM);
        assertThat(sageMaker.defaultModel()).isEqualTo("m");
        assertThat(sageMaker.http().port()).isEqualTo(99);
    }

    @ParameterizedTest
    @CsvSource({
        "SAGEMAKER_TRITON_PING_MODE, ready or live",
        "SAGEMAKER_TRITON_INFERENCE_TYPE, infer or generate or generate_stream"
    })
    void otherValuesOfVariablesAreRefused(String variable, String choices) {
        Map<String, String> environment = Map.of(variable, "incorrect");
        assertThatThrownBy(() -> read(environment, "--allow-sagemaker=true"))
                .isInstanceOf(CommandLineException.class)
                .hasMessage(variable + ": expected " + choices + ", got 'incorrect'");
        assertThat(read(environment).sageMaker()).isEmpty();
    }

    @Test
    void theOtherFrontsListenOnPortsThatSageMakerLetsThrough() {
        assertThatThrownBy(() -> allowed("--sagemaker-safe-port-range=8081-9000"))
                .isInstanceOf(CommandLineException.class)
                .hasMessage("The server cannot listen to HTTP requests at port 8000, allowed port range is "
                        + "[8081, 9000]");
        assertThatThrownBy(() -> allowed("--sagemaker-safe-port-range=8081-9000", "--allow-http=false"))
                .hasMessage("The server cannot listen to GRPC requests at port 8001, allowed port range is "
                        + "[8081, 9000]");
        assertThatThrownBy(() -> allowed(
                        "--sagemaker-safe-port-range=8081-9000",
                        "--allow-grpc=false",
                        "--allow-metrics=false",
                        "--http-port=9001"))
                .hasMessageContaining("HTTP requests at port 9001");
        assertThat(allowed(
                                "--sagemaker-safe-port-range=8081-9000",
                                "--http-port=8081",
                                "--grpc-port=9000",
                                "--allow-metrics=false")
                        .port(Front.SAGEMAKER))
                .isEqualTo(8080);
    }

    /** As in Triton. */
    @Test
    void portsOfOtherAddressesAreNotChecked() {
        assertThat(allowed(
                                "--sagemaker-safe-port-range=8081-9000",
                                "--allow-http=false",
                                "--allow-metrics=false",
                                "--grpc-address=127.0.0.1")
                        .port(Front.GRPC))
                .isEqualTo(8001);
    }

    @ParameterizedTest
    @CsvSource({"8081", "8081:9000", "-1-9000", "a-b"})
    void aRangeIsTwoPorts(String range) {
        assertThatThrownBy(() -> allowed("--sagemaker-safe-port-range=" + range))
                .isInstanceOf(CommandLineException.class)
                .hasMessage("Bad option: \"--sagemaker-safe-port-range\". Expected two ports as in 8081-9000. Got "
                        + range);
    }

    @Test
    void itsPortIsItsOwn() {
        assertThatThrownBy(() -> allowed("--sagemaker-port=8000"))
                .hasMessage("The server cannot listen to HTTP requests and SageMaker requests at the same address and "
                        + "port 0.0.0.0:8000");
    }
}
