package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorsTest {
    private static final String PAGE = "Origin: https://page.example\r\n";

    @TempDir
    private Path root;

    private String answer(Set<String> origins, String head) throws IOException {
        HttpConfig config = HttpConfig.of("127.0.0.1", 0, "triton").withCors(new Cors(origins));
        TestServer.writeIdentity(root, "m", "INT64");
        try (TestServer server = TestServer.start(root, config);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream()
                    .write((head + "Host: h\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void pagesOfAnAllowedOriginMayReadAnswers() throws Exception {
        String request = "GET /v2/models/m HTTP/1.1\r\n" + PAGE;
        assertThat(answer(Set.of("https://page.example"), request))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .containsIgnoringCase("Access-Control-Allow-Origin: https://page.example\r\n")
                .containsIgnoringCase("Vary: Origin\r\n");
        assertThat(answer(Set.of("*"), request)).containsIgnoringCase("Access-Control-Allow-Origin: *\r\n");
        assertThat(answer(Set.of("https://other.example"), request)).doesNotContainIgnoringCase("Access-Control");
        assertThat(answer(Set.of(), request)).doesNotContainIgnoringCase("Access-Control");
    }

    @Test
    void browsersAreToldWhatAPageMaySend() throws Exception {
        String request = "OPTIONS /v2/models/m/infer HTTP/1.1\r\n" + PAGE
                + "Access-Control-Request-Method: POST\r\n"
                + "Access-Control-Request-Headers: content-type,inference-header-content-length\r\n";
        assertThat(answer(Set.of("https://page.example"), request))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .containsIgnoringCase("Access-Control-Allow-Methods: GET, POST\r\n")
                .containsIgnoringCase("Access-Control-Allow-Headers: content-type,inference-header-content-length\r\n");
        assertThat(answer(Set.of("https://other.example"), request)).startsWith("HTTP/1.1 405 Not Allowed\r\n");
    }

    @Test
    void clientsWithoutAnOriginSeeNoDifference() throws Exception {
        assertThat(answer(Set.of("*"), "GET /v2/health/live HTTP/1.1\r\n"))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .doesNotContainIgnoringCase("Access-Control");
    }
}
