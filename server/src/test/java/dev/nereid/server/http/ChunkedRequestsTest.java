package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.extension.Extensions;
import dev.nereid.server.http.connection.HttpLimits;
import dev.nereid.server.protocol.ApiGroup;
import dev.nereid.server.protocol.ApiKeys;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests in chunks whose framing is wrong or has no end, wherever the server reads a body. */
@Tag("found-1")
@Timeout(60)
class ChunkedRequestsTest {
    private static final String INFER = "/v2/models/identity/infer";
    private static final String LIVE = "GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String JSON =
            "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1,2]}]}";

    /** Far more than a line may have, and than a server reads of a connection that it is about to end. */
    private static final int ENDLESS_BYTES = 64 << 20;

    @TempDir
    static Path root;

    private static TestServer server;
    private static MetricsFront metrics;

    @BeforeAll
    static void start() {
        TestServer.writeIdentity(root, "identity", "FP32");
        HttpLimits limits = new HttpLimits(
                1 << 20, 2 << 20, 8 << 10, 64 << 10, 100, Duration.ofSeconds(20), Duration.ofSeconds(2), 4096);
        server = TestServer.start(
                root,
                HttpConfig.of("127.0.0.1", 0, "triton")
                        .withLimits(limits)
                        .withKeys(new ApiKeys(Map.of(ApiGroup.MODEL_REPOSITORY, new ApiKeys.Key("key", "value")))));
        metrics = MetricsFront.start(new MetricsConfig("127.0.0.1", 0), () -> "metrics", Extensions.none());
    }

    @AfterAll
    static void stop() {
        metrics.stop(Duration.ofSeconds(10));
        server.close();
    }

    private static String head(String method, String path) {
        return method + " " + path + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    }

    private static String chunk(String data) {
        return Integer.toHexString(data.length()) + "\r\n" + data + "\r\n";
    }

    /** How much of something without an end the server takes before it ends the connection. */
    private static long taken(RawClient client, String piece) {
        byte[] bytes = piece.repeat((64 << 10) / piece.length()).getBytes(StandardCharsets.ISO_8859_1);
        long taken = 0;
        try {
            for (; taken < ENDLESS_BYTES; taken += bytes.length) {
                client.send(bytes);
            }
        } catch (UncheckedIOException e) {
            // The server has ended the connection.
        }
        return taken;
    }

    /** An endpoint that reads its body, one that a key restricts, one that does not exist, and one for another method. */
    @ParameterizedTest
    @ValueSource(strings = {INFER, "/v2/repository/index", "/v2/nowhere", "/v2/health/live"})
    void endsAConnectionWhereAChunkHasNoEnd(String path) {
        for (String[] endless : new String[][] {
            {"", "0"}, {"", "0;x=y"}, {"1;", "x"}, {"0\r\n", "x"}, {"0\r\nx: ", "y"}, {"1\r\n", "x"}, {"1\r\na\r", "\r"}
        }) {
            try (RawClient client = server.connect()) {
                client.send(head("POST", path) + endless[0]);
                assertThat(taken(client, endless[1])).isLessThan(ENDLESS_BYTES);
            }
        }
        assertThat(server.usedBytes()).isZero();
        try (RawClient client = server.connect()) {
            assertThat(client.send(LIVE).receive().status()).isEqualTo(200);
        }
    }

    @Test
    void endsAConnectionWhereAChunkHasNoEndOnTheMetricsPortToo() {
        for (String path : new String[] {"/metrics", "/nowhere"}) {
            for (String method : new String[] {"GET", "POST"}) {
                try (RawClient client = new RawClient(metrics.port())) {
                    client.send(head(method, path));
                    assertThat(taken(client, "0")).isLessThan(ENDLESS_BYTES);
                }
            }
        }
    }

    @Test
    void saysWhatIsWrongWithAChunk() {
        try (RawClient client = server.connect()) {
            RawClient.Answer answer =
                    client.send(head("POST", INFER) + "0".repeat(1000)).receive();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.text())
                    .isEqualTo("{\"error\":\"the request's body cannot be read: expected lines of at most 256 bytes, "
                            + "got a longer one\"}");
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    /** Who believes the size of the chunk sees another request than who believes the end of its data. */
    @ParameterizedTest
    @ValueSource(strings = {"GET", "xx", "\n\n", "\r\r", "0\r"})
    void refusesDataThatIsLongerThanItsChunk(String behind) {
        String body = Integer.toHexString(JSON.length()) + "\r\n" + JSON + behind + "0\r\n\r\n" + LIVE;
        try (RawClient client = server.connect()) {
            RawClient.Answer answer = client.send(head("POST", INFER) + body).receive();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.header("connection")).isEqualTo("close");
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    /** A size, a repeated line end and a line end of one byte that others may read as another size. */
    @ParameterizedTest
    @ValueSource(strings = {"+%x\r\n", "0x%x\r\n", " %x\r\n", "%x \r\n", "%x\n", "%x\r\n\r\n", "1%016x\r\n"})
    void refusesSizesThatAreReadInTwoWays(String size) {
        String body = size.formatted(JSON.length()) + JSON + "\r\n0\r\n\r\n";
        try (RawClient client = server.connect()) {
            RawClient.Answer answer =
                    client.send(head("POST", INFER) + body + LIVE).receive();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    /** Read into memory as a whole, this chunk would take two gigabytes before anything was said. */
    @Test
    void refusesALargeChunkBeforeItHasArrived() {
        try (RawClient client = server.connect()) {
            client.send(head("POST", INFER) + "7fffffff\r\n");
            byte[] data = new byte[3 << 20]; // more than a body may have
            Arrays.fill(data, (byte) ' ');
            RawClient.Answer answer = client.send(data).endOutput().receive();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.text()).contains("exceeds the maximum allowed input size");
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void takesExtensionsAndTrailersAndGoesOnBehindThem() {
        String body = chunk(JSON.substring(0, 10)).replace("a\r\n", "00A;name=\"value\"\r\n")
                + chunk(JSON.substring(10)) + "0\r\nX-Checksum: 1\r\n\r\n";
        try (RawClient client = server.connect()) {
            client.send(head("POST", INFER) + body + LIVE + head("POST", INFER) + body);
            assertThat(client.receive().text()).contains("\"data\":[1.0,2.0]");
            assertThat(client.receive().text()).isEqualTo("{\"live\":true}");
            assertThat(client.receive().text()).contains("\"data\":[1.0,2.0]");
        }
    }

    @Test
    void takesABodyThatComesByteByByte() {
        try (RawClient client = server.connect()) {
            client.send(head("POST", INFER));
            String body = chunk(JSON) + "0\r\n\r\n" + LIVE;
            for (int i = 0; i < body.length(); i++) {
                client.send(body.substring(i, i + 1));
            }
            assertThat(client.receive().text()).contains("\"data\":[1.0,2.0]");
            assertThat(client.receive().text()).isEqualTo("{\"live\":true}");
        }
    }

    /** The bytes of a chunk's line count as those of a request do. */
    @Test
    void endsAConnectionThatDripsASize() throws InterruptedException {
        long start = System.nanoTime();
        try (RawClient client = server.connect()) {
            client.send(head("POST", "/v2/nowhere"));
            assertThat(client.receive().status()).isEqualTo(404);
            while (Duration.ofNanos(System.nanoTime() - start).toSeconds() < 30) {
                try {
                    client.send("0");
                } catch (UncheckedIOException e) {
                    return;
                }
                Thread.sleep(50);
            }
        }
        throw new AssertionError("the server took a size that came byte by byte for 30 seconds");
    }
}
