package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Loads over TLS, against servers with a certificate that only the test knows. */
class TlsTest {
    @TempDir
    private Path folder;

    @Test
    void httpsIsSpokenWithACertificateThatIsGiven() throws Exception {
        Certificates certificates = Certificates.make(folder, "localhost");
        try (FakeHttpServer server = new FakeHttpServer(Optional.of(certificates.forHttp()))) {
            PerfOptions options = Runs.few("http", "https://localhost:" + server.port());
            options.tls.httpsRoots = certificates.certificate;
            options.concurrency = "3";
            assertThat(Runs.run(options).text()).contains("Request count: 20\n");
            assertThat(server.model.inferences.get()).isEqualTo(20);
        }
    }

    @Test
    void unknownCertificatesAreRefusedUnlessThatIsSwitchedOff() throws Exception {
        Certificates certificates = Certificates.make(folder, "localhost");
        try (FakeHttpServer server = new FakeHttpServer(Optional.of(certificates.forHttp()))) {
            PerfOptions options = Runs.few("http", "https://localhost:" + server.port());
            assertThatThrownBy(() -> Runs.run(options)).hasMessageContaining("PKIX");
            options.tls.verifyPeer = 0;
            assertThat(Runs.run(options).text()).contains("Request count: 20\n");
        }
    }

    @Test
    void certificatesOfOtherHostsAreRefusedUnlessThatIsSwitchedOff() throws Exception {
        Certificates certificates = Certificates.make(folder, "elsewhere.example");
        try (FakeHttpServer server = new FakeHttpServer(Optional.of(certificates.forHttp()))) {
            PerfOptions options = Runs.few("http", "https://localhost:" + server.port());
            options.tls.httpsRoots = certificates.certificate;
            assertThatThrownBy(() -> Runs.run(options)).hasMessageContaining("localhost");
            options.tls.verifyHost = 0;
            assertThat(Runs.run(options).text()).contains("Request count: 20\n");
        }
    }

    @Test
    void grpcIsSpokenOverTls() throws Exception {
        Certificates certificates = Certificates.make(folder, "localhost");
        try (FakeGrpcServer server = new FakeGrpcServer(Optional.of(certificates.forGrpc()), 1)) {
            PerfOptions options = Runs.few("grpc", "localhost:" + server.port());
            options.tls.grpc = true;
            options.tls.grpcRoots = certificates.certificate;
            assertThat(Runs.run(options).text()).contains("Request count: 20\n");
        }
    }

    @Test
    void fileThatIsNoCertificateIsNamed() throws Exception {
        PerfOptions options = Runs.few("http", "https://localhost:1");
        options.tls.httpsRoots = folder.resolve("missing.pem");
        assertThatThrownBy(() -> Runs.run(options)).hasMessageContaining("missing.pem");
    }
}
