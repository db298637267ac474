package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.extension.Extensions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("found-7")
class AllowedHostsTest {
    private static final String[] NOT_PUBLIC = {
        "localhost",
        "localhost:8000",
        "LOCALHOST",
        "triton",
        "triton:8000",
        "127.0.0.1",
        "127.0.0.1:8000",
        "10.1.2.3:80",
        "[::1]",
        "[::1]:8000",
        "[FE80::1]:1",
        "a.localhost",
        "models.svc.cluster.local:8000",
        "host.docker.internal",
        ""
    };

    private static final String[] PUBLIC = {
        "page.example",
        "page.example:8000",
        "page.example.",
        "1.2.3.4.page.example",
        "localhost.page.example:80",
        "127.0.0.1.nip.io",
        "page.localhost.example",
        "notlocalhost.com"
    };

    @TempDir
    private Path root;

    private int status(AllowedHosts hosts, String host) {
        TestServer.writeIdentity(root, "m", "FP32");
        try (TestServer server = TestServer.start(
                        root, HttpConfig.of("127.0.0.1", 0, "triton").withHosts(hosts));
                RawClient client = server.connect()) {
            return client.send("GET /v2 HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                    .receive()
                    .status();
        }
    }

    @Test
    void aServerOnLoopbackIsAskedByNoPublicName() {
        TestServer.writeIdentity(root, "m", "FP32");
        HttpConfig config = HttpConfig.of("127.0.0.1", 0, "triton").withHosts(AllowedHosts.of("localhost", List.of()));
        try (TestServer server = TestServer.start(root, config)) {
            for (String host : NOT_PUBLIC) {
                assertThat(status(server.port(), host)).as(host).isEqualTo(200);
            }
            for (String host : PUBLIC) {
                assertThat(status(server.port(), host)).as(host).isEqualTo(403);
            }
        }
    }

    @Test
    void metricsAreNoDifferent() {
        MetricsFront metrics = MetricsFront.start(
                new MetricsConfig("127.0.0.1", 0, AllowedHosts.of("127.0.0.1", List.of()), Optional.empty()),
                () -> "metrics",
                Extensions.none());
        try {
            assertThat(status(metrics.port(), "page.example")).isEqualTo(403);
            assertThat(status(metrics.port(), "localhost:8002")).isEqualTo(200);
        } finally {
            metrics.stop(Duration.ofSeconds(10));
        }
    }

    private static int status(int port, String host) {
        try (RawClient client = new RawClient(port)) {
            return client.send("GET /v2 HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                    .receive()
                    .status();
        }
    }

    @Test
    void namesThatAreGivenAreAllowedAndNoOthersAre() {
        AllowedHosts hosts = AllowedHosts.of("0.0.0.0", List.of("Models.Example.com:443", "other.example"));
        assertThat(status(hosts, "models.example.com:8000")).isEqualTo(200);
        assertThat(status(hosts, "OTHER.example")).isEqualTo(200);
        assertThat(status(hosts, "third.example")).isEqualTo(403);
        assertThat(status(hosts, "triton")).isEqualTo(200);
        assertThat(status(AllowedHosts.of("127.0.0.1", List.of("*")), "third.example"))
                .isEqualTo(200);
    }

    @Test
    void aServerOnEveryAddressIsAskedByAnyNameWhereNoBrowserAsks() {
        assertThat(status(AllowedHosts.of("0.0.0.0", List.of()), "models.example.com"))
                .isEqualTo(200);
        assertThat(AllowedHosts.of("0.0.0.0", List.of()).scope()).isEqualTo(AllowedHosts.Scope.BROWSERS_ON_LOOPBACK);
        assertThat(AllowedHosts.of("::1", List.of()).scope()).isEqualTo(AllowedHosts.Scope.ALL);
        assertThat(AllowedHosts.of("127.1.2.3", List.of()).scope()).isEqualTo(AllowedHosts.Scope.ALL);
        assertThat(AllowedHosts.of("::", List.of()).scope()).isEqualTo(AllowedHosts.Scope.BROWSERS_ON_LOOPBACK);
    }
}
