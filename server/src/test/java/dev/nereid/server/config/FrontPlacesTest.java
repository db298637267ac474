package dev.nereid.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.repository.folders.RepositoryRoot;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses and ports of the fronts beside each other: the cases of Triton's suite on sockets. */
class FrontPlacesTest {
    private static final String SAME = "--http-address 127.0.0.1 --grpc-address 127.0.0.1 --metrics-address 127.0.0.1 ";
    private static final String OTHERS =
            "--http-address 127.0.0.1 --grpc-address 127.0.0.2 --metrics-address 127.0.0.3 ";

    /** Arguments as a shell would split them. */
    private static ServerConfig read(String arguments) {
        return ServerConfigReader.read(
                new FlagParser(ServeFlags.all()).parse(List.of(arguments.split(" ", -1))),
                List.of(new RepositoryRoot.Local(Path.of("/models"))),
                Map.of());
    }

    @ParameterizedTest
    @CsvSource({
        "--http-port -47 --allow-http 0, HTTP",
        "--http-port=65536 --allow-http=false, HTTP",
        "--grpc-port -47 --allow-grpc 0, GRPC",
        "--metrics-port -47 --allow-metrics 0, METRICS",
        "--sagemaker-port -47, SAGEMAKER",
        "--vertex-ai-port -47, VERTEX_AI",
        "--http-address -47 --allow-http 0, HTTP",
        "--grpc-address -47 --allow-grpc 0, GRPC"
    })
    void whereAFrontThatIsNotOpenedWouldBeDoesNotMatter(String arguments, Front front) {
        assertThat(read(arguments).fronts()).isNotEmpty().doesNotContain(front);
    }

    @ParameterizedTest
    @CsvSource({
        "--http-port -47, --http-port, HTTP, -47",
        "--grpc-port 65536, --grpc-port, GRPC, 65536",
        "--metrics-port -1, --metrics-port, metrics, -1",
        "--allow-sagemaker=1 --sagemaker-port -47, --sagemaker-port, SageMaker, -47"
    })
    void aFrontThatIsOpenedNeedsAPort(String arguments, String flag, String title, String port) {
        assertThatThrownBy(() -> read(arguments))
                .isInstanceOf(CommandLineException.class)
                .hasMessage("Bad option: \"" + flag + "\". The port of " + title + " lies between 0 and 65535. Got "
                        + port);
    }

    /** As in Triton, what is no number of 32 bits is refused before anybody asks whether it is used. */
    @ParameterizedTest
    @ValueSource(strings = {"--http-port=80a --allow-http=0", "--grpc-port=4294967296 --allow-grpc=0"})
    void aPortIsANumberEvenWhereItDoesNotMatter(String arguments) {
        assertThatThrownBy(() -> read(arguments)).isInstanceOf(CommandLineException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--http-port 8001 --allow-http 0",
                "--grpc-port 8000 --allow-grpc 0",
                "--http-port 8007 --grpc-port 8007 --allow-http 0",
                "--http-port 8007 --grpc-port 8007 --allow-grpc 0",
                "--http-port 8002 --allow-http 0",
                "--grpc-port 8002 --allow-grpc 0",
                "--metrics-port 8000 --allow-metrics 0",
                "--metrics-port 8001 --allow-metrics 0"
            })
    void aFrontThatIsNotOpenedTakesNoPort(String arguments) {
        assertThat(read(arguments).fronts()).hasSize(2);
        assertThat(read(SAME + arguments).fronts()).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({
        "--http-port 8001, HTTP, GRPC, 8001",
        "--grpc-port 8000, HTTP, GRPC, 8000",
        "--http-port 8003 --grpc-port 8003, HTTP, GRPC, 8003",
        "--http-port 8002, HTTP, metrics, 8002",
        "--grpc-port 8002, GRPC, metrics, 8002",
        "--metrics-port 8000, HTTP, metrics, 8000",
        "--metrics-port 8001, GRPC, metrics, 8001"
    })
    void twoFrontsOfOneAddressNeedTwoPorts(String arguments, String one, String other, int port) {
        String sentence = "The server cannot listen to " + one + " requests and " + other
                + " requests at the same address and port ";
        assertThatThrownBy(() -> read(arguments))
                .isInstanceOf(CommandLineException.class)
                .hasMessage(sentence + "0.0.0.0:" + port);
        assertThatThrownBy(() -> read(SAME + arguments)).hasMessage(sentence + "127.0.0.1:" + port);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--http-port 8001",
                "--grpc-port 8000",
                "--http-port 8007 --grpc-port 8007",
                "--grpc-port 8002",
                "--metrics-port 8001"
            })
    void frontsOfDifferentAddressesMayHaveOnePort(String arguments) {
        assertThat(read(OTHERS + arguments).fronts()).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource({
        "--http-address 127.0.0.2, 127.0.0.2",
        "--http-address=127.0.0.2 --metrics-address=, 127.0.0.2",
        "--http-address 127.0.0.2 --metrics-address 0.0.0.0, 0.0.0.0",
        "--metrics-address 127.0.0.3, 127.0.0.3"
    })
    void metricsAreAtTheAddressOfHttpUnlessTheyHaveTheirOwn(String arguments, String address) {
        assertThat(read(arguments).address(Front.METRICS)).isEqualTo(address);
    }

    @Test
    void freePortsNeverCollide() {
        assertThat(read("--http-port=0 --grpc-port=0 --metrics-port=0").fronts())
                .hasSize(3);
    }
}
