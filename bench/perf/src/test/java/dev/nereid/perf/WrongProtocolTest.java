package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One line says what is spoken at the URL where it is not what was expected. */
class WrongProtocolTest {
    @TempDir
    private Path folder;

    private static void isRefused(PerfOptions options, String sentence) {
        assertThatThrownBy(() -> Runs.run(options)).hasMessage(sentence);
    }

    /** A port at which nobody listens any more. */
    private static int silentPort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    @Test
    void grpcToAServerOfHttp() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            String url = "localhost:" + server.port();
            isRefused(
                    Runs.few("grpc", url),
                    url
                            + ": expected gRPC in plain text, got HTTP/1.1 in plain text; give -i http, or the port of gRPC");
            PerfOptions options = Runs.few("grpc", url);
            options.tls.grpc = true;
            isRefused(
                    options,
                    url
                            + ": expected gRPC over TLS, got HTTP/1.1 in plain text; give -i http, or the port of gRPC, and no"
                            + " --ssl-grpc-use-ssl");
        }
    }

    @Test
    void httpToAServerOfGrpc() throws Exception {
        try (FakeGrpcServer server = new FakeGrpcServer(Optional.empty(), 1)) {
            String url = "localhost:" + server.port();
            isRefused(
                    Runs.few("http", url),
                    url + ": expected HTTP in plain text, got HTTP/2 in plain text, as gRPC speaks it; give -i grpc, or"
                            + " the port of HTTP");
        }
    }

    @Test
    void tlsToServersOfPlainText() throws Exception {
        try (FakeHttpServer server = new FakeHttpServer(Optional.empty())) {
            String url = "https://localhost:" + server.port();
            isRefused(
                    Runs.few("http", url),
                    url + ": expected HTTP over TLS, got HTTP/1.1 in plain text; give no https://");
        }
        try (FakeGrpcServer server = new FakeGrpcServer(Optional.empty(), 1)) {
            PerfOptions options = Runs.few("grpc", "localhost:" + server.port());
            options.tls.grpc = true;
            isRefused(
                    options,
                    options.url + ": expected gRPC over TLS, got HTTP/2 in plain text, as gRPC speaks it; give no"
                            + " --ssl-grpc-use-ssl");
        }
    }

    @Test
    void plainTextToServersOfTls() throws Exception {
        Certificates certificates = Certificates.make(folder, "localhost");
        try (FakeHttpServer server = new FakeHttpServer(Optional.of(certificates.forHttp()))) {
            PerfOptions options = Runs.few("http", "localhost:" + server.port());
            assertThatThrownBy(() -> Runs.run(options))
                    .hasMessageStartingWith(options.url + ": expected HTTP in plain text, got ")
                    .hasMessageContaining("TLS")
                    .hasMessageEndingWith("; give a URL that begins with https://");
        }
        try (FakeGrpcServer server = new FakeGrpcServer(Optional.of(certificates.forGrpc()), 1)) {
            PerfOptions options = Runs.few("grpc", "localhost:" + server.port());
            assertThatThrownBy(() -> Runs.run(options))
                    .hasMessageStartingWith(options.url + ": expected gRPC in plain text, got ")
                    .hasMessageContaining("TLS")
                    .hasMessageEndingWith("; give --ssl-grpc-use-ssl");
        }
    }

    @Test
    void nobodyListens() throws IOException {
        String url = "localhost:" + silentPort();
        isRefused(Runs.few("http", url), url + ": expected HTTP in plain text, got no connection: Connection refused");
        isRefused(Runs.few("grpc", url), url + ": expected gRPC in plain text, got no connection: Connection refused");
        isRefused(
                Runs.few("grpc", "nowhere.invalid:1"),
                "nowhere.invalid:1: expected gRPC in plain text, got no address: there is no host 'nowhere.invalid'");
    }

    @Test
    void theExitCodeIsPerfAnalyzersForOtherErrors() throws IOException {
        PrintStream usual = System.err;
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        int port = silentPort();
        try (PrintStream caught = new PrintStream(text, true, StandardCharsets.UTF_8)) {
            System.setErr(caught);
            assertThat(PerfMain.run("-m", "double", "-u", "localhost:" + port, "--progress=never"))
                    .isEqualTo(99);
        } finally {
            System.setErr(usual);
        }
        assertThat(text.toString(StandardCharsets.UTF_8).lines())
                .filteredOn(line -> line.startsWith("error: "))
                .singleElement()
                .asString()
                .contains("got no connection: ");
    }
}
