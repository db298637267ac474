package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.protocol.Dialect;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Heads of requests that a proxy in front may read as other requests. */
@Tag("found-9")
class RequestHeadTest {
    private static final String LIVE = "GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n";

    @TempDir
    static Path root;

    @AutoClose
    private static TestServer triton;

    @AutoClose
    private static TestServer improved;

    @BeforeAll
    static void start() {
        TestServer.writeIdentity(root, "identity", "FP32");
        HttpConfig config = HttpConfig.of("127.0.0.1", 0, "triton");
        triton = TestServer.start(root, config);
        improved = TestServer.start(root, config.withDialect(Dialect.IMPROVED));
    }

    /** Behind a first request in the same bytes too, and with another one behind it, which must not be served. */
    private static void assertRefused(String request, String reason) {
        for (TestServer server : new TestServer[] {triton, improved}) {
            for (String before : new String[] {"", LIVE}) {
                try (RawClient client = server.connect()) {
                    client.send(before + request + LIVE);
                    if (!before.isEmpty()) {
                        assertThat(client.receive().status()).isEqualTo(200);
                    }
                    RawClient.Answer answer = client.receive();
                    assertThat(answer.status()).isEqualTo(400);
                    assertThat(answer.text()).contains(reason);
                    assertThat(answer.header("connection")).isEqualTo("close");
                    assertThat(client.isClosedByServer()).isTrue();
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', 'expected one header Host, got none'",
        "'Host: x\\r\\nHost: x\\r\\n', 'expected one header Host, got 2'",
        "'Host: x\\r\\nhost: y\\r\\n', 'expected one header Host, got 2'",
        "'Host: x\\r\\n: y\\r\\n', 'expected headers as ''name: value'', got one without a name'",
        "'Host: x\\r\\na b: y\\r\\n', 'whitespace'",
        "'Host: x\\r\\na : y\\r\\n', 'whitespace'",
        "'Host: x\\r\\na: b\\r\\n c: d\\r\\n', 'whitespace'",
        "' Host: x\\r\\nHost: x\\r\\n', 'whitespace'",
        "'Host: x\\r\\na(: y\\r\\n', 'illegal character'",
        "'Host: x\\r\\nabc\\r\\n', 'missing colon'",
        "'Host: x\\r\\na: b\\nc: d\\r\\n', 'is invalid for header ''a'''",
    })
    void refusesHeadersThatAreReadInTwoWays(String headers, String reason) {
        String lines = headers.replace("\\r", "\r").replace("\\n", "\n");
        assertRefused("GET /v2/health/live HTTP/1.1\r\n" + lines + "\r\n", reason);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, '\t', 0x0B, 0x1F, 0x7F})
    void refusesControlCharactersInATarget(int next) {
        String control = Character.toString(next);
        assertRefused(
                "GET /v2/health/live" + control + " HTTP/1.1\r\nHost: x\r\n\r\n",
                "expected a request target without control characters, got byte " + next + " at its position 15");
    }

    @ParameterizedTest
    @ValueSource(strings = {"?a\0", "?\1", "#\0", "?a\t"})
    void refusesControlCharactersBehindThePath(String rest) {
        assertRefused("GET /v2/health/live" + rest + " HTTP/1.1\r\nHost: x\r\n\r\n", "error");
    }

    @Test
    void refusesAnotherHostBehindABody() {
        assertRefused(
                "POST /v2/repository/index HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nHost: y\r\n\r\n{}",
                "expected one header Host, got 2");
    }

    @Test
    void oldHttpNeedsNoHost() {
        for (String headers : new String[] {"", "Host: x\r\n"}) {
            try (RawClient client = triton.connect()) {
                client.send("GET /v2/health/live HTTP/1.0\r\n" + headers + "\r\n");
                assertThat(client.receive().statusLine()).isEqualTo("HTTP/1.0 200 OK");
            }
        }
        try (RawClient client = triton.connect()) {
            client.send("GET /v2/health/live HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n");
            assertThat(client.receive().status()).isEqualTo(400);
        }
    }

    @Test
    void anEmptyHostIsOne() {
        try (RawClient client = triton.connect()) {
            client.send("GET /v2/health/live HTTP/1.1\r\nHost:\r\n\r\n");
            assertThat(client.receive().status()).isEqualTo(200);
        }
    }
}
