package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.http.connection.HttpLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How connections begin, go on and end: also those of clients that are slow, broken or old. */
@Timeout(60)
class ConnectionTest {
    private static final String LIVE = "GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String INFER = "POST /v2/models/identity/infer HTTP/1.1\r\nHost: x\r\n";
    private static final String LOAD =
            "POST /v2/repository/models/m/load HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n";

    @TempDir
    static Path root;

    @AutoClose
    private static TestServer server;

    @BeforeAll
    static void start() {
        TestServer.writeIdentity(root, "identity", "FP32");
        server = TestServer.start(
                root,
                HttpConfig.of("127.0.0.1", 0, "triton")
                        .withLimits(HttpLimits.DEFAULT.withTimeouts(Duration.ofMillis(800), Duration.ofMillis(400))));
    }

    @Test
    void answersRequestAfterRequestAlsoPipelined() {
        try (RawClient client = server.connect()) {
            client.send(LIVE + LIVE + LIVE);
            for (int i = 0; i < 3; i++) {
                assertThat(client.receive().text()).isEqualTo("{\"live\":true}");
            }
            assertThat(client.send(LIVE).receive().status()).isEqualTo(200);
        }
    }

    @Test
    void closesWhereTheClientAsksForIt() {
        try (RawClient client = server.connect()) {
            client.send("GET /v2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertThat(client.receive().header("connection")).isEqualTo("close");
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void answersOldHttp() {
        try (RawClient client = server.connect()) {
            client.send("GET /v2/health/live HTTP/1.0\r\n\r\n");
            RawClient.Answer answer = client.receive();
            assertThat(answer.statusLine()).isEqualTo("HTTP/1.0 200 OK");
            assertThat(answer.headers()).doesNotContainKey("connection");
            assertThat(client.isClosedByServer()).isTrue();
        }
        try (RawClient client = server.connect()) {
            client.send("GET /v2/health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            assertThat(client.receive().header("connection")).isEqualTo("keep-alive");
            assertThat(client.send(LIVE).receive().statusLine()).isEqualTo("HTTP/1.1 200 OK");
        }
    }

    @Test
    void aBodyBehindAnotherRequestIsNoRequestLine() {
        String json = "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1,3],\"parameters\":"
                + "{\"binary_data_size\":12}}],\"outputs\":[{\"name\":\"OUTPUT0\",\"parameters\":"
                + "{\"binary_data\":true}}]}";
        String body = json + "xx HTTP/1.0\n";
        try (RawClient client = server.connect()) {
            client.send(LIVE + INFER + "Inference-Header-Content-Length: " + json.length() + "\r\nContent-Length: "
                    + body.length() + "\r\n\r\n");
            assertThat(client.receive().text()).isEqualTo("{\"live\":true}");
            RawClient.Answer answer = client.send(body).receive();
            assertThat(answer.statusLine()).isEqualTo("HTTP/1.1 200 OK");
            assertThat(answer.text()).endsWith("xx HTTP/1.0\n");
        }
    }

    @Test
    void aBodyThatNobodyWantsIsNoRequestLineEither() {
        String body = "xx HTTP/1.0\r\n";
        try (RawClient client = server.connect()) {
            client.send("POST /v2/nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length() + "\r\n\r\n");
            assertThat(client.receive().status()).isEqualTo(404);
            assertThat(client.send(body + LIVE).receive().statusLine()).isEqualTo("HTTP/1.1 200 OK");
        }
    }

    @Test
    void aBodyThatWasNotAskedForIsNoRequest() {
        for (String path : new String[] {"/v2/nowhere", "/v2/models/nobody/infer"}) {
            try (RawClient client = server.connect()) {
                client.send("POST " + path + " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: "
                        + LIVE.length() + "\r\n\r\n");
                assertThat(client.receive().status()).isBetween(400, 404);
                assertThat(client.send(LIVE).isClosedByServer()).isTrue();
            }
        }
    }

    /** Each might be followed by a second request or not, depending on who reads it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 2\r\nContent-Length: 40",
                "Content-Length: 2\r\nContent-Length: 2",
                "Content-Length: 2, 40",
                "Content-Length: +2",
                "Content-Length: -1",
                "Content-Length: 0x2",
                "Content-Length:",
                "Transfer-Encoding: gzip, chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked, identity",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding : chunked",
                "Content-Length: 2\r\nTransfer-Encoding: Chunked",
            })
    void endsAConnectionWhereABodyHasNoCertainEnd(String framing) {
        try (RawClient client = server.connect()) {
            client.send("POST /v2/nowhere HTTP/1.1\r\nHost: x\r\n" + framing + "\r\n\r\n0\r\n\r\n" + LIVE);
            assertThat(client.endsRefused()).isTrue();
        }
    }

    @Test
    void chunkedIsWrittenInAnyCase() {
        try (RawClient client = server.connect()) {
            client.send("POST /v2/nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n" + LIVE);
            assertThat(client.receive().status()).isEqualTo(404);
            assertThat(client.receive().text()).isEqualTo("{\"live\":true}");
        }
    }

    @Test
    void waitsForABodyThatIsTooLargeAsTritonDoes() {
        for (String length : new String[] {"70000000", "10000000000"}) {
            try (RawClient client = server.connect()) {
                client.send(INFER + "Content-Length: " + length + "\r\n\r\n{");
                assertThat(client.isClosedByServer()).isTrue();
            }
        }
    }

    @Test
    void refusesABodyThatIsTooLargeWhenItHasReadIt(@TempDir Path other) {
        TestServer.writeIdentity(other, "identity", "FP32");
        HttpConfig config =
                HttpConfig.of("127.0.0.1", 0, "triton").withLimits(HttpLimits.DEFAULT.withMostInputBytes(1000));
        try (TestServer small = TestServer.start(other, config);
                RawClient client = small.connect()) {
            for (int i = 0; i < 2; i++) { // the connection goes on
                RawClient.Answer answer = client.send("POST", "/v2/models/identity/infer", new byte[1 << 20])
                        .receive();
                assertThat(answer.text())
                        .isEqualTo("{\"error\":\"request JSON size of 1048576 bytes exceeds the maximum allowed input "
                                + "size of 1000 bytes. Use --http-max-input-size to increase the limit.\"}");
            }
        }
    }

    /** As in Triton's suite L0_large_payload: a client that is still sending would see a reset, and no answer. */
    @Test
    void readsABodyThatIsLargerThanAnyMayBeToItsEndBeforeItRefusesIt(@TempDir Path other) {
        HttpLimits limits =
                new HttpLimits(1000, 100_000, 8192, 65_536, 16, Duration.ofMinutes(1), Duration.ofSeconds(10), 4096);
        try (TestServer small = TestServer.start(
                        other, HttpConfig.of("127.0.0.1", 0, "triton").withLimits(limits));
                RawClient client = small.connect()) {
            for (int i = 0; i < 2; i++) { // the connection goes on
                RawClient.Answer answer = client.send("POST", "/v2/models/identity/infer", new byte[16 << 20])
                        .receive();
                assertThat(answer.status()).isEqualTo(400);
                assertThat(answer.text())
                        .isEqualTo("{\"error\":\"request JSON size of 16777216 bytes exceeds the maximum allowed input "
                                + "size of 1000 bytes. Use --http-max-input-size to increase the limit.\"}");
            }
        }
    }

    @Test
    void refusesAnEnormousBodyAtOnceWhereTheClientAsksBeforeItSends() {
        try (RawClient client = server.connect()) {
            RawClient.Answer answer = client.send(INFER + "Expect: 100-continue\r\nContent-Length: 10000000000\r\n\r\n")
                    .receive();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.text())
                    .isEqualTo("{\"error\":\"request JSON size of 10000000000 bytes exceeds the maximum allowed input "
                            + "size of 67108864 bytes. Use --http-max-input-size to increase the limit.\"}");
            assertThat(client.isClosedByServer()).isTrue();
        }
        try (RawClient client = server.connect()) {
            RawClient.Answer answer = client.send(INFER + "Inference-Header-Content-Length: 10\r\n"
                            + "Expect: 100-continue\r\nContent-Length: 10000000000\r\n\r\n")
                    .receive();
            assertThat(answer.text())
                    .isEqualTo("{\"error\":\"request body of 10000000000 bytes exceeds the maximum allowed size of "
                            + "2147483647 bytes\"}");
        }
    }

    @Test
    @Tag("found-17")
    void refusesALoadThatIsLargerThanAnyBodyMayBeInTritonsWords() {
        try (RawClient client = server.connect()) {
            RawClient.Answer answer =
                    client.send(LOAD + "Content-Length: 2863311600\r\n\r\n").receive();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.text())
                    .isEqualTo(
                            "{\"error\":\"request JSON size of 2863311600 bytes exceeds the maximum allowed input size "
                                    + "of 67108864 bytes. Use --http-max-input-size to increase the limit.\"}");
        }
    }

    @Test
    void saysThatABodyIsShorterThanItSaid() {
        try (RawClient client = server.connect()) {
            RawClient.Answer answer = client.send(INFER + "Content-Length: 100\r\n\r\n{\"inputs\"")
                    .endOutput()
                    .receive();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.text()).isEqualTo("{\"error\":\"the request's body ended after 9 of 100 bytes\"}");
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void refusesChunksThatAreNone() {
        try (RawClient client = server.connect()) {
            RawClient.Answer answer = client.send(INFER + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n")
                    .receive();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.text()).contains("the request's body cannot be read");
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void closesSilentConnections() {
        try (RawClient silent = server.connect();
                RawClient idle = server.connect()) {
            assertThat(idle.send(LIVE).receive().status()).isEqualTo(200);
            assertThat(silent.isClosedByServer()).isTrue();
            assertThat(idle.isClosedByServer()).isTrue();
        }
    }

    @Test
    void closesConnectionsThatStallInARequest() {
        try (RawClient head = server.connect();
                RawClient body = server.connect()) {
            head.send("GET /v2/health/live HT");
            body.send(INFER + "Content-Length: 100\r\n\r\n{");
            assertThat(head.isClosedByServer()).isTrue();
            assertThat(body.isClosedByServer()).isTrue();
        }
        assertThat(server.usedBytes()).isZero();
    }

    @Test
    void closesConnectionsThatDripBytes() throws InterruptedException {
        try (RawClient client = server.connect()) {
            client.send(INFER + "Content-Length: 100\r\n\r\n");
            CompletableFuture<Boolean> closed = CompletableFuture.supplyAsync(client::isClosedByServer);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (!closed.isDone() && System.nanoTime() < end) {
                try {
                    client.send("{");
                } catch (java.io.UncheckedIOException e) {
                    break;
                }
                Thread.sleep(100);
            }
            assertThat(closed.orTimeout(10, TimeUnit.SECONDS).join()).isTrue();
        }
    }

    @Test
    void servesOthersWhileSomeStall() {
        try (RawClient stalled = server.connect();
                RawClient busy = server.connect()) {
            stalled.send(INFER + "Content-Length: 100\r\n\r\n");
            assertThat(busy.send(LIVE).receive().status()).isEqualTo(200);
        }
    }

    @Test
    void stopsWithoutWaitingForIdleConnections(@TempDir Path other) {
        TestServer.writeIdentity(other, "identity", "FP32");
        try (TestServer stopping = TestServer.start(other);
                RawClient idle = stopping.connect()) {
            assertThat(idle.send(LIVE).receive().status()).isEqualTo(200);
            long start = System.nanoTime();
            assertThat(stopping.front().stop(Duration.ofSeconds(20))).isTrue();
            assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(10));
            assertThat(idle.isClosedByServer()).isTrue();
        }
    }

    /** Closed at once, it would be reset where its client's next request is on the way. */
    @Test
    void answersOnceMoreOnAConnectionThatIsToEndAndSaysSo(@TempDir Path other) {
        TestServer.writeIdentity(other, "identity", "FP32");
        try (TestServer stopping = TestServer.start(other);
                RawClient client = stopping.connect()) {
            assertThat(client.send(LIVE).receive().header("connection")).isNotEqualTo("close");
            stopping.front().drain();
            RawClient.Answer last = client.send(LIVE).receive();
            assertThat(last.status()).isEqualTo(200);
            assertThat(last.header("connection")).isEqualTo("close");
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void stopsInNoTimeWhereNoRequestIsUnderWay(@TempDir Path other) {
        TestServer.writeIdentity(other, "identity", "FP32");
        try (TestServer stopping = TestServer.start(other);
                RawClient idle = stopping.connect()) {
            assertThat(idle.send(LIVE).receive().status()).isEqualTo(200);
            assertThat(stopping.front().stop(Duration.ZERO)).isTrue();
            assertThat(idle.isClosedByServer()).isTrue();
        }
    }

    @Test
    void doesNotCallItStoppedWhereARequestIsCutShort(@TempDir Path other) {
        TestServer.writeIdentity(other, "identity", "FP32");
        try (TestServer stopping = TestServer.start(other);
                RawClient slow = stopping.connect()) {
            assertThat(slow.send(LIVE).receive().status()).isEqualTo(200);
            slow.send(INFER + "Content-Length: 100\r\n\r\n{");
            assertThat(stopping.front().stop(Duration.ofMillis(300))).isFalse();
            assertThat(slow.isClosedByServer()).isTrue();
        }
    }
}
