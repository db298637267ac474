package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.nereid.server.http.connection.Compression;
import dev.nereid.server.http.connection.HttpLimits;
import dev.nereid.server.http.connection.InflatedBody;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests beyond a limit: each is refused with a sentence that names it, and the next request is served. */
@Timeout(60)
class RequestLimitsTest {
    private static final String LIVE = "GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String INFER = "/v2/models/identity/infer";
    private static final int MOST_INPUT = 1 << 20;
    private static final int CHUNK = 1 << 16;
    private static final HttpLimits LIMITS = HttpLimits.DEFAULT
            .withMostInputBytes(MOST_INPUT)
            .withTimeouts(Duration.ofSeconds(5), Duration.ofMillis(500));

    @TempDir
    static Path root;

    @AutoClose
    private static TestServer triton;

    @AutoClose
    private static TestServer improved;

    @BeforeAll
    static void start() {
        TestServer.writeIdentity(root, "identity", "FP32");
        HttpConfig config = HttpConfig.of("127.0.0.1", 0, "triton").withLimits(LIMITS);
        triton = TestServer.start(root, config);
        improved = TestServer.start(root, config.withDialect(Dialect.IMPROVED));
    }

    private static void expectServed(RawClient client) {
        assertThat(client.send(LIVE).receive().text()).isEqualTo("{\"live\":true}");
    }

    private static byte[] compressed(Compression coding, byte[] plain) {
        return coding.apply(
                stream -> stream.write(plain), RequestBudget.unlimited().open());
    }

    @ParameterizedTest
    @EnumSource
    @Tag("found-17")
    void refusesABodyThatInflatesBeyondTheLimit(Compression coding) {
        byte[] bomb = compressed(coding, new byte[64 * MOST_INPUT]);
        assertThat(bomb.length).isLessThan(MOST_INPUT / 4);
        for (TestServer server : new TestServer[] {triton, improved}) {
            try (RawClient client = server.connect()) {
                for (int i = 0; i < 3; i++) {
                    RawClient.Answer answer = client.send("POST", INFER, bomb, "Content-Encoding: " + coding.coding())
                            .receive();
                    assertThat(answer.status()).isEqualTo(400);
                    assertThat(answer.text())
                            .isEqualTo("{\"error\":\"Decompressed data size exceeds the maximum allowed value of "
                                    + MOST_INPUT
                                    + " bytes. Use --http-max-input-size to increase the limit.\"}");
                }
                expectServed(client);
            }
            assertThat(server.usedBytes()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void takesABodyThatInflatesToTheLimit(Compression coding) {
        byte[] start = "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1,2]}]}"
                .getBytes(StandardCharsets.UTF_8);
        byte[] body = new byte[MOST_INPUT];
        Arrays.fill(body, (byte) ' ');
        System.arraycopy(start, 0, body, 0, start.length);
        try (RawClient client = triton.connect()) {
            RawClient.Answer answer = client.send(
                            "POST", INFER, compressed(coding, body), "Content-Encoding: " + coding.coding())
                    .receive();
            assertThat(answer.text()).contains("\"data\":[1.0,2.0]");
        }
    }

    /** Twice what a body may have, for the buffer doubles, and some for what is read at a time. */
    @Test
    void keepsNoMoreOfABombThanABodyMayHave() throws IOException {
        byte[] bomb = compressed(Compression.GZIP, new byte[64 * MOST_INPUT]);
        RequestBodies bodies = new RequestBodies(LIMITS);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        try (InputStream plain = new InflatedBody(bomb)) {
            assertThatThrownBy(() ->
                            bodies.readInflated(plain, RequestBudget.unlimited().open()))
                    .isInstanceOf(InferException.class);
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(5L * MOST_INPUT / 2);
    }

    private static byte[] chunks(int count) {
        return ("1\r\nA\r\n".repeat(count) + "0\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** As in Triton's suites with many chunks: the answer arrives though the client sends on. */
    @Test
    @Tag("found-17")
    void refusesABodyInMoreChunksThanTritonTakes() {
        String head = " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (String path : new String[] {INFER, "/v2/repository/index"}) {
            try (RawClient client = triton.connect()) {
                assertThat(client.send("POST " + path + head)
                                .send(chunks(65_536))
                                .receive()
                                .text())
                        .contains("failed to parse the request JSON buffer: Invalid value. at 0");
                RawClient.Answer answer =
                        client.send("POST " + path + head).send(chunks(200_000)).receive();
                assertThat(answer.status()).isEqualTo(400);
                assertThat(answer.text())
                        .isEqualTo("{\"error\":\"Chunked request body exceeds maximum of 65536 non-empty chunks. Send "
                                + "fewer or larger HTTP chunks.\"}");
                assertThat(client.isClosedByServer()).isTrue();
            }
        }
    }

    @Test
    void refusesChunksThatAreTooMuchTogether() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try (OutputStream stream = body) {
            for (int i = 0; i <= MOST_INPUT / CHUNK; i++) {
                chunk(stream, new byte[CHUNK]);
            }
            chunk(stream, new byte[0]);
        }
        try (RawClient client = triton.connect()) {
            RawClient.Answer answer = client.send(
                            "POST " + INFER + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
                    .send(body.toByteArray())
                    .receive();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.text()).contains("exceeds the maximum allowed input size of " + MOST_INPUT);
            expectServed(client);
        }
    }

    private static void chunk(OutputStream stream, byte[] bytes) throws IOException {
        stream.write((Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        stream.write(bytes);
        stream.write("\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void takesBinaryDataInChunksBeyondTheLimitOfDocuments() throws IOException {
        int elements = MOST_INPUT / Float.BYTES + CHUNK;
        String json = "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1," + elements
                + "],\"parameters\":{\"binary_data_size\":" + 4 * elements + "}}],\"outputs\":[{\"name\":\"OUTPUT0\","
                + "\"parameters\":{\"binary_data\":true}}]}";
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try (OutputStream stream = body) {
            chunk(stream, json.getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < 4 * elements / CHUNK; i++) {
                byte[] piece = new byte[CHUNK];
                Arrays.fill(piece, (byte) i);
                chunk(stream, piece);
            }
            chunk(stream, new byte[0]);
        }
        try (RawClient client = triton.connect()) {
            RawClient.Answer answer = client.send(
                            "POST " + INFER + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                                    + "Inference-Header-Content-Length: " + json.length() + "\r\n\r\n")
                    .send(body.toByteArray())
                    .receive();
            assertThat(answer.status()).isEqualTo(200);
            int jsonBytes = Integer.parseInt(answer.header("inference-header-content-length"));
            assertThat(answer.body().length - jsonBytes).isEqualTo(4 * elements);
            for (int i = 0; i < 4 * elements / CHUNK; i++) {
                assertThat(answer.body()[jsonBytes + i * CHUNK]).isEqualTo((byte) i);
            }
            expectServed(client);
        }
    }

    /** The first is one long header, the second many short ones, the third has no end. */
    @ParameterizedTest
    @CsvSource({"70000, 1, true", "400, 200, true", "2000000, 1, false"})
    void refusesHeadersThatAreTooLong(int length, int times, boolean ends) {
        String header = "a: " + "b".repeat(length) + (ends ? "\r\n" : "");
        for (TestServer server : new TestServer[] {triton, improved}) {
            try (RawClient client = server.connect()) {
                RawClient.Answer answer = client.send(
                                "GET /v2/health/live HTTP/1.1\r\nHost: x\r\n" + header.repeat(times) + "\r\n")
                        .receive();
                assertThat(answer.statusLine()).isEqualTo("HTTP/1.1 431 Request Header Fields Too Large");
                assertThat(answer.header("content-type")).isEqualTo("application/json");
                assertThat(answer.text())
                        .isEqualTo("{\"error\":\"the request's headers exceed the maximum size of 65536 bytes\"}");
                assertThat(client.isClosedByServer()).isTrue();
            }
        }
    }

    /** Of one hash, as the web server's table has them, so that each further one would cost more than the one before. */
    @Tag("found-2")
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusesTooManyHeaders(boolean pipelined) {
        StringBuilder headers = new StringBuilder();
        for (int i = 0; i < 2048; i++) {
            String bits = Integer.toBinaryString(2048 + i).substring(1);
            headers.append(bits.replace("0", "a~").replace("1", "b_")).append(":\r\n");
        }
        String before =
                pipelined ? LIVE + "POST /v2/repository/index HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}" : "";
        for (TestServer server : new TestServer[] {triton, improved}) {
            try (RawClient client = server.connect()) {
                client.send(before + "GET /v2/health/live HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
                for (int i = 0; pipelined && i < 2; i++) {
                    assertThat(client.receive().status()).isEqualTo(200);
                }
                RawClient.Answer answer = client.receive();
                assertThat(answer.status()).isEqualTo(431);
                assertThat(answer.text()).isEqualTo("{\"error\":\"the request has more than 256 headers\"}");
                assertThat(client.isClosedByServer()).isTrue();
            }
        }
    }

    @Test
    void takesAsManyHeadersAsThereMayBe() {
        try (RawClient client = triton.connect()) {
            client.send("GET /v2/health/live HTTP/1.1\r\nHost: x\r\n" + "a: b\r\n".repeat(255) + "\r\n");
            assertThat(client.receive().status()).isEqualTo(200);
            expectServed(client);
            client.send("GET /v2/health/live HTTP/1.1\r\nHost: x\r\n" + "a: b\r\n".repeat(256) + "\r\n");
            assertThat(client.receive().status()).isEqualTo(431);
        }
    }

    @Test
    void takesHeadersUpToTheLimit() {
        try (RawClient client = triton.connect()) {
            String header = "a: " + "b".repeat(8 << 10) + "\r\n";
            client.send("GET /v2/health/live HTTP/1.1\r\nHost: x\r\n" + header.repeat(7) + "\r\n");
            assertThat(client.receive().text()).isEqualTo("{\"live\":true}");
            expectServed(client);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8 << 10, 100_000})
    void refusesARequestLineThatIsTooLong(int length) {
        for (TestServer server : new TestServer[] {triton, improved}) {
            try (RawClient client = server.connect()) {
                RawClient.Answer answer = client.send("GET /" + "v".repeat(length) + " HTTP/1.1\r\nHost: x\r\n\r\n")
                        .receive();
                assertThat(answer.status()).isEqualTo(414);
                assertThat(answer.text())
                        .isEqualTo("{\"error\":\"the request line exceeds the maximum length of 8192 bytes\"}");
                assertThat(client.isClosedByServer()).isTrue();
            }
        }
    }

    @Test
    void takesARequestLineUpToTheLimit() {
        String query = "q".repeat((8 << 10) - "GET /v2/health/live? HTTP/1.1\r\n".length());
        try (RawClient client = triton.connect()) {
            client.send("GET /v2/health/live?" + query + " HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(client.receive().text()).isEqualTo("{\"live\":true}");
        }
    }

    /** A head that is cut off in the middle of too much is answered, for its sender may still listen. */
    @Test
    void answersHeadersThatEndTooLate() {
        try (RawClient client = triton.connect()) {
            client.send("GET /v2/health/live HTTP/1.1\r\na: " + "b".repeat(70_000))
                    .endOutput();
            assertThat(client.receive().status()).isEqualTo(431);
        }
    }

    /** As deep as it takes to overflow the stack of who recurses; Triton's own suite sends 150,000 levels. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v2/models/identity/infer|{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1,1],"
                        + "\"data\":@}]}",
                "/v2/models/identity/infer|{\"parameters\":{\"a\":@},\"inputs\":[]}",
                "/v2/models/identity/infer|@",
                "/v2/models/identity/generate|{\"INPUT0\":@}",
                "/v2/models/identity/generate|{\"a\":@}",
                "/v2/repository/index|{\"a\":@}",
                "/v2/repository/models/identity/load|{\"parameters\":{\"config\":@}}",
                "/v2/logging|{\"log_info\":@}",
            })
    void survivesNestingOfAnyDepth(String path, String document) {
        for (String[] brackets : new String[][] {{"[", "1", "]"}, {"{\"a\":", "1", "}"}, {"[", "", ""}}) {
            int depth = 150_000;
            String nested = brackets[0].repeat(depth) + brackets[1] + brackets[2].repeat(depth);
            try (RawClient client = triton.connect()) {
                RawClient.Answer answer = client.send(
                                "POST", path, document.replace("@", nested).getBytes(StandardCharsets.UTF_8))
                        .receive();
                assertThat(answer.text()).doesNotContain("internal error").doesNotContain("StackOverflow");
                assertThat(answer.status()).isIn(200, 400, 500, 503);
                expectServed(client);
            }
        }
        assertThat(triton.usedBytes()).isZero();
    }
}
