package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.CapturedLog;
import dev.nereid.server.ModelFolders;
import dev.nereid.server.backend.builtin.BuiltInBackends;
import dev.nereid.server.protocol.Dialect;
import io.helidon.webserver.http1.Http1Connection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code --triton-compat} decides: every request goes to a server of either kind. */
@Timeout(60)
class TritonCompatTest {
    private static final String REPEAT =
            "{\"id\":\"r\",\"inputs\":[{\"name\":\"IN\",\"datatype\":\"INT32\",\"shape\":[2],"
                    + "\"data\":[4,2]},{\"name\":\"DELAY\",\"datatype\":\"UINT32\",\"shape\":[2],\"data\":[0,0]},"
                    + "{\"name\":\"WAIT\",\"datatype\":\"UINT32\",\"shape\":[1],\"data\":[0]}]}";
    private static final String FAILED = "{\"error\":\"simulated failure\"}";
    private static final String SQUARE =
            "{\"inputs\":[{\"name\":\"IN\",\"datatype\":\"INT32\",\"shape\":[1],\"data\":[3]}]}";

    @TempDir
    static Path root;

    private static final SlabPool RESPONSES = new SlabPool(0);

    @AutoClose
    private static TestServer triton;

    @AutoClose
    private static TestServer improved;

    @BeforeAll
    static void start() {
        for (String type : new String[] {"FP32", "FP16", "BF16"}) {
            TestServer.writeIdentity(root, "identity_" + type, type);
        }
        TestServer.write(root, "repeat", ModelFolders.REPEAT);
        TestServer.write(root, "square", ModelFolders.SQUARE + """
                parameters { key: "CUSTOM_FAIL_COUNT" value { string_value: "1" } }
                parameters { key: "CUSTOM_EMPTY_COUNT" value { string_value: "1" } }
                """);
        triton = start(Dialect.TRITON);
        improved = start(Dialect.IMPROVED);
    }

    private static TestServer start(Dialect dialect) {
        return TestServer.start(
                root, HttpConfig.of("127.0.0.1", 0, "triton").withDialect(dialect), BuiltInBackends.all(RESPONSES));
    }

    @AfterEach
    void noRequestKeepsMemory() throws InterruptedException {
        // The answer is on its way before its request is closed.
        for (int i = 0; i < 500 && triton.usedBytes() + improved.usedBytes() + RESPONSES.usedBytes() > 0; i++) {
            Thread.sleep(10);
        }
        assertThat(triton.usedBytes() + improved.usedBytes() + RESPONSES.usedBytes())
                .isZero();
    }

    private static RawClient.Answer post(TestServer server, String path, String body, String... headers) {
        try (RawClient client = server.connect()) {
            return client.send("POST", "/v2/" + path, body.getBytes(StandardCharsets.UTF_8), headers)
                    .receive();
        }
    }

    private static String identity(String type, String data, String more) {
        return "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"" + type + "\",\"shape\":[1,4],\"data\":" + data + "}]"
                + more + "}";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "models/identity_FP32/infer|{\"inputs\":[|failed to parse the request JSON buffer: Invalid value. at 11",
                "models/identity_FP32/infer|{}|Unable to parse 'inputs': attempt to access non-existing object member "
                        + "'inputs'",
                "models/identity_FP32/generate|[]|attempt to get members for non-object",
                "models/identity_FP32/infer|{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1,2],"
                        + "\"data\":[1,true]}]}|Unable to parse 'data': attempt to access JSON non-number as double",
                "models/identity_FP32/infer|{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1,2],"
                        + "\"data\":[1]}]}|Failed to parse 'data' field: shape does not match true shape",
                "repository/index|{|failed to parse the request JSON buffer: Missing a name for object member. at 1",
            })
    void theStatusOfMalformedJsonIs500Or400(String path, String body, String text) {
        RawClient.Answer likeTriton = post(triton, path, body);
        assertThat(likeTriton.status()).isEqualTo(500);
        assertThat(likeTriton.text()).isEqualTo("{\"error\":\"" + text + "\"}");
        RawClient.Answer better = post(improved, path, body);
        assertThat(better.statusLine()).isEqualTo("HTTP/1.1 400 Bad Request");
        assertThat(better.text()).isEqualTo(likeTriton.text());
    }

    @Test
    void anErrorOfTheServerIsStillOne() {
        assertThat(post(improved, "repository/models/nope/load", "{}").status()).isEqualTo(500);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FP16|[0.1,-2,65520,1e-8]|[0.0999755859375,-2.0,Infinity,0.0]",
                "BF16|[0.1,-2,3.39e38,3.4e38]|[0.10009765625,-2.0,3.3895313892515355E38,Infinity]",
            })
    void halvesAreBinaryDataOrNumbers(String type, String data, String answered) {
        RawClient.Answer refused = post(triton, "models/identity_" + type + "/infer", identity(type, data, ""));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.text())
                .isEqualTo("{\"error\":\"receiving " + type + " data via JSON is not supported. Please use the binary "
                        + "data format for input INPUT0\"}");
        RawClient.Answer taken = post(improved, "models/identity_" + type + "/infer", identity(type, data, ""));
        assertThat(taken.status()).isEqualTo(200);
        assertThat(taken.text()).endsWith("\"shape\":[1,4],\"data\":" + answered + "}]}");
    }

    @Test
    void halvesGoThroughGenerateToo() {
        String body = "{\"INPUT0\":[1.5,-0.0]}";
        assertThat(post(triton, "models/identity_FP16/generate", body).status()).isEqualTo(400);
        assertThat(post(improved, "models/identity_FP16/generate", body).text()).contains("\"OUTPUT0\":[1.5,-0.0]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"FP16", "BF16"})
    void binaryHalvesAreWrittenAsNumbersWhereAsked(String type) {
        String json = "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"" + type
                + "\",\"shape\":[1,1],\"parameters\":{\"binary_data_size\":2}}]}";
        String header = "Inference-Header-Content-Length: " + json.length();
        RawClient.Answer refused = post(triton, "models/identity_" + type + "/infer", json + "\0\0", header);
        assertThat(refused.text()).contains("sending " + type + " data via JSON is not supported");
        assertThat(post(improved, "models/identity_" + type + "/infer", json + "\0\0", header)
                        .text())
                .contains("\"data\":[0.0]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|false|true",
                ",\"parameters\":{\"binary_data\":false}|false|false",
                ",\"parameters\":{\"binary_data\":true}|true|true",
            })
    void binaryDataOutputIsForListedOutputsOrNot(String ofOutput, boolean likeTriton, boolean better) {
        String body = identity(
                "FP32",
                "[1,2,3,4]",
                ",\"parameters\":{\"binary_data_output\":true},\"outputs\":[{\"name\":\"OUTPUT0\"" + ofOutput + "}]");
        assertThat(isBinary(post(triton, "models/identity_FP32/infer", body))).isEqualTo(likeTriton);
        assertThat(isBinary(post(improved, "models/identity_FP32/infer", body))).isEqualTo(better);
    }

    private static boolean isBinary(RawClient.Answer answer) {
        assertThat(answer.status()).isEqualTo(200);
        return answer.header("content-type").equals("application/octet-stream");
    }

    /** The cases of Triton's suite L0_http_fuzz that the web server would call a failure of its own. */
    @ParameterizedTest
    @ValueSource(
            strings = {"GET/ /v2", " /v2", "G\tT /v2", "G\0T /v2", "(GET) /v2", "\u00ff /v2", "G@T /v2/health/live"})
    void whatBeginsWithNoMethodIsNoRequest(String line) {
        try (CapturedLog log = CapturedLog.of(Http1Connection.class);
                RawClient first = triton.connect();
                RawClient second = improved.connect()) {
            assertThat(first.send(line + " HTTP/1.1\r\n\r\n").isClosedByServer())
                    .isTrue();
            RawClient.Answer answer = second.send(line + " HTTP/1.1\r\n\r\n").receive();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.text()).isEqualTo("{\"error\":\"the request line does not begin with a method\"}");
            assertThat(second.isClosedByServer()).isTrue();
            assertThat(log.lines()).doesNotContain("Internal server error");
        }
    }

    @Test
    void aDecoupledModelIsRefusedOrAnswersInEvents() {
        RawClient.Answer refused = post(triton, "models/repeat/infer", REPEAT);
        assertThat(refused.status()).isEqualTo(501);
        RawClient.Answer events = post(improved, "models/repeat/infer", REPEAT);
        assertThat(events.status()).isEqualTo(200);
        assertThat(events.header("content-type")).isEqualTo("text/event-stream; charset=utf-8");
        assertThat(events.text()).isEqualTo(repeated(4, 0) + repeated(2, 1));
    }

    private static String repeated(int out, int index) {
        return "data: {\"id\":\"r\",\"model_name\":\"repeat\",\"model_version\":\"1\",\"outputs\":["
                + "{\"name\":\"OUT\",\"datatype\":\"INT32\",\"shape\":[1],\"data\":[" + out + "]},"
                + "{\"name\":\"IDX\",\"datatype\":\"UINT32\",\"shape\":[1],\"data\":[" + index + "]}]}\n\n";
    }

    @Test
    void oneFailedResponseIsAnEventAmongOthers() {
        RawClient.Answer events = post(improved, "models/square/infer", SQUARE);
        assertThat(events.status()).isEqualTo(200);
        assertThat(events.text())
                .isEqualTo(event("{\"model_name\":\"square\",\"model_version\":\"1\",\"outputs\":[{\"name\":\"OUT\","
                                + "\"datatype\":\"INT32\",\"shape\":[1],\"data\":[3]}]}")
                        + event(FAILED));
        assertThat(post(triton, "models/square/generate_stream", "{\"IN\":3}").text())
                .isEqualTo(event("{\"OUT\":3,\"model_name\":\"square\",\"model_version\":\"1\"}") + event(FAILED));
    }

    private static String event(String json) {
        return "data: " + json + "\n\n";
    }

    @Test
    void aRawRequestOfADecoupledModelIsAnsweredInEventsToo() {
        assertThat(post(improved, "models/square/infer", "\3\0\0\0", "Inference-Header-Content-Length: 0")
                        .text())
                .startsWith("data: {\"model_name\":\"square\"");
    }

    @Test
    void eventsCarryNoBinaryDataAndNeedChunks() {
        String wanted = REPEAT.replace("\"id\":\"r\"", "\"id\":\"r\",\"parameters\":{\"binary_data_output\":true}");
        assertThat(post(improved, "models/repeat/infer", wanted).text())
                .isEqualTo(
                        "{\"error\":\"[request id: r] the responses of decoupled models are events, whose outputs are "
                                + "JSON: expected no 'binary_data_output' and no 'binary_data', got a request for binary "
                                + "data\"}");
        try (RawClient client = improved.connect()) {
            RawClient.Answer old = client.send("POST /v2/models/repeat/infer HTTP/1.0\r\nContent-Length: "
                            + REPEAT.length() + "\r\n\r\n" + REPEAT)
                    .receive();
            assertThat(old.statusLine()).isEqualTo("HTTP/1.0 400 Bad Request");
            assertThat(old.text()).contains("answers in chunks, which HTTP/1.0 does not have");
        }
        try (RawClient client = improved.connect()) {
            RawClient.Answer raw = client.send("POST /v2/models/square/infer HTTP/1.0\r\n"
                            + "Inference-Header-Content-Length: 0\r\nContent-Length: 4\r\n\r\n\3\0\0\0")
                    .receive();
            assertThat(raw.statusLine()).isEqualTo("HTTP/1.0 400 Bad Request");
        }
    }

    @Test
    void anErrorBeforeTheFirstEventIsAnOrdinaryOne() {
        RawClient.Answer answer = post(improved, "models/square/infer", SQUARE.replace("INT32", "FP32"));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.header("content-type")).isEqualTo("application/json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GARBAGE\r\n\r\n",
                "POST /v2/models/identity_FP32/infer HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
                "POST /v2/models/identity_FP32/infer HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
            })
    void whatIsNoHttpEndsTheConnectionWithOrWithoutASentence(String request) {
        try (RawClient client = triton.connect()) {
            assertThat(client.send(request).isClosedByServer()).isTrue();
        }
        try (RawClient client = improved.connect()) {
            assertThat(client.send(request).receive().status()).isEqualTo(400);
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    void aBodyFramedInTwoWaysIsRefusedByBoth() {
        String request = String.join(
                "\r\n",
                "POST /v2/models/identity_FP32/infer HTTP/1.1",
                "Host: x",
                "Content-Length: 5",
                "Transfer-Encoding: chunked",
                "",
                "0",
                "",
                "");
        for (TestServer server : new TestServer[] {triton, improved}) {
            try (RawClient client = server.connect()) {
                assertThat(client.send(request).receive().status()).isEqualTo(400);
                assertThat(client.isClosedByServer()).isTrue();
            }
        }
    }
}
