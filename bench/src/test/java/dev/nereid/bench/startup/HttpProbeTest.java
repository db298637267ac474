package dev.nereid.bench.startup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.perf.nullserver.NullHttpServer;
import java.io.IOException;
import java.net.http.HttpRequest;
import org.junit.jupiter.api.Test;

class HttpProbeTest {
    @Test
    void requestsAreMadeFromTheMetadataAndTimed() throws Exception {
        try (NullHttpServer server = new NullHttpServer(0)) {
            HttpProbe probe = new HttpProbe(server.port());
            assertThat(probe.answers("/v2/health/live")).isTrue();
            HttpRequest request = probe.request("null");
            assertThat(request.uri().getPath()).isEqualTo("/v2/models/null/infer");
            assertThat(probe.millis(request)).isPositive();
        }
    }

    @Test
    void serverThatIsNotThereDoesNotAnswer() throws Exception {
        int port;
        try (NullHttpServer server = new NullHttpServer(0)) {
            port = server.port();
        }
        assertThat(new HttpProbe(port).answers("/v2/health/live")).isFalse();
    }

    @Test
    void modelThatIsNotThereIsNamed() throws Exception {
        try (NullHttpServer server = new NullHttpServer(0)) {
            HttpProbe probe = new HttpProbe(server.port());
            assertThatThrownBy(() -> probe.request("other"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("other");
        }
    }
}
