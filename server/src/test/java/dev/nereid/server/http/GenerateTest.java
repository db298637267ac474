package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.ModelFolders;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.builtin.BuiltInBackends;
import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.statement.Statement;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GenerateTest {
    private static final long LONG_MILLIS = 600_000;

    @TempDir
    private Path root;

    private final SlabPool responses = new SlabPool(0);
    private TestServer server;
    private final UnwritableBackend unwritable = new UnwritableBackend(() -> server.usedBytes());

    @BeforeEach
    void start() {
        TestServer.write(root, "repeat", ModelFolders.REPEAT);
        TestServer.write(root, "once", ModelFolders.REPEAT.replace("decoupled: true", "decoupled: false"));
        TestServer.write(root, "square", ModelFolders.SQUARE);
        TestServer.writeIdentity(root, "numbers", "FP32");
        TestServer.writeIdentity(root, "half", "FP16");
        TestServer.write(root, "unwritable", """
                backend: "unwritable"
                model_transaction_policy { decoupled: true }
                input [ { name: "IN" data_type: TYPE_INT32 dims: [ 1 ] } ]
                output [ { name: "OUT" data_type: TYPE_STRING dims: [ 1 ] } ]
                """);
        TestServer.write(root, "sequence", """
                backend: "identity"
                max_batch_size: 1
                sequence_batching {}
                input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
                output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
                """);
        List<Backend> backends = new ArrayList<>(BuiltInBackends.all(responses));
        backends.add(unwritable.backend());
        server = TestServer.start(root, backends);
    }

    @AfterEach
    void everythingIsGivenBack() {
        server.close();
        assertThat(server.usedBytes()).isZero();
        assertThat(responses.usedBytes()).isZero();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private RawClient.Answer post(String path, String body, String... headers) {
        try (RawClient client = server.connect()) {
            return client.send("POST", "/v2/models/" + path, bytes(body), headers)
                    .receive();
        }
    }

    @Test
    @Statement({158, 160})
    void sendsEachResponseAsSoonAsItIsMade() {
        try (RawClient client = server.connect()) {
            client.send(
                    "POST",
                    "/v2/models/repeat/generate_stream",
                    bytes("{\"IN\":[5,6],\"DELAY\":[0," + LONG_MILLIS + "],\"WAIT\":0,\"id\":\"x\"}"));
            RawClient.Answer head = client.receiveHead();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("content-type")).isEqualTo("text/event-stream; charset=utf-8");
            StringBuilder event = new StringBuilder();
            while (event.indexOf("\n\n") < 0) {
                event.append(client.receiveChunk());
            }
            assertThat(event.toString())
                    .isEqualTo("data: {\"IDX\":0,\"OUT\":5,\"id\":\"x\",\"model_name\":\"repeat\","
                            + "\"model_version\":\"1\"}\n\n");
            // The second response is ten minutes away, but the instance is free.
            assertThat(post("repeat/generate_stream", "{\"IN\":9,\"DELAY\":0,\"WAIT\":0}")
                            .text())
                    .isEqualTo("data: {\"IDX\":0,\"OUT\":9,\"model_name\":\"repeat\",\"model_version\":\"1\"}\n\n");
        }
        awaitCancelled(1);
    }

    /** Whether the answer or the end of its execution comes first. */
    @ParameterizedTest
    @ValueSource(strings = {"\"DELAY\":0,\"WAIT\":0", "\"DELAY\":100,\"WAIT\":10", "\"DELAY\":10,\"WAIT\":100"})
    void answersOnceForAModelThatIsNotDecoupled(String times) {
        assertThat(post("once/generate", "{\"IN\":1," + times + "}").text())
                .isEqualTo("{\"IDX\":0,\"OUT\":1,\"model_name\":\"once\",\"model_version\":\"1\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"generate", "generate_stream"})
    void answersWholeBeforeItClosesTheConnection(String call) {
        try (RawClient client = server.connect()) {
            RawClient.Answer answer = client.send(
                            "POST",
                            "/v2/models/repeat/" + call,
                            bytes("{\"IN\":1,\"DELAY\":0,\"WAIT\":0}"),
                            "Connection: close")
                    .receive();
            assertThat(answer.header("connection")).isEqualTo("close");
            assertThat(answer.text()).contains("{\"IDX\":0,\"OUT\":1,");
            assertThat(client.isClosedByServer()).isTrue();
        }
    }

    @Test
    @Statement(156)
    void cancelsTheRequestOfAClientThatHangsUpBeforeTheFirstEvent() {
        try (RawClient client = server.connect()) {
            client.send(
                    "POST",
                    "/v2/models/repeat/generate",
                    bytes("{\"IN\":[5],\"DELAY\":[" + LONG_MILLIS + "],\"WAIT\":0}"));
            while (server.repository().inFlight() == 0) {
                Thread.onSpinWait();
            }
        }
        awaitCancelled(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"generate", "generate_stream"})
    void endsARequestWhoseAnswerCannotBeWritten(String call) {
        assertThat(post("unwritable/" + call, "{\"IN\":1}").status()).isEqualTo(500);
        awaitCancelled("unwritable", 1);
        assertThat(unwritable.memoryWhenCancelled())
                .as("what the model computes on is given back only when it is done")
                .isPositive();
    }

    @Test
    void aStreamThatFailsInTheMiddleIsNotTakenForWhole() {
        assertThatThrownBy(() -> post("unwritable/generate_stream", "{\"IN\":3}"))
                .hasMessageContaining("the connection ended within a line");
        awaitCancelled("unwritable", 1);
    }

    private void awaitCancelled(long count) {
        awaitCancelled("repeat", count);
    }

    private void awaitCancelled(String model, long count) {
        while (server.repository().inFlight() > 0) {
            Thread.onSpinWait();
        }
        assertThat(server.repository().find(model, "").statistics().snapshot().failures())
                .containsEntry(FailureReason.CANCELED, count);
    }

    @Test
    void cancelsWhatGenerateCannotAnswer() {
        RawClient.Answer answer =
                post("repeat/generate", "{\"IN\":[5,6,7],\"DELAY\":[0,0," + LONG_MILLIS + "],\"WAIT\":0}");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).startsWith("{\"error\":\"generate expects model to produce exactly 1 response");
        awaitCancelled(1);
        assertThat(post("repeat/generate", "{\"IN\":[5,6],\"DELAY\":[0,0],\"WAIT\":0}")
                        .text())
                .startsWith("{\"error\":\"generate expects");
    }

    @Test
    void makesNoResponsesForAClientThatDoesNotRead() throws InterruptedException {
        try (RawClient client = server.connect()) {
            client.send("POST", "/v2/models/square/generate_stream", bytes("{\"IN\":2000000000}"));
            client.receiveHead();
            long before = -1;
            // The buffers of the connection fill, then nothing moves.
            for (long now = made(); now != before; now = made()) {
                before = now;
                Thread.sleep(500);
            }
            assertThat(before).isBetween(1L, 10_000_000L);
        }
        while (server.repository().inFlight() > 0) {
            Thread.onSpinWait();
        }
    }

    private long made() {
        return server.repository().find("square", "").statistics().snapshot().responses().values().stream()
                .mapToLong(responses -> responses.success().count())
                .sum();
    }

    @Test
    void keepsTheConnectionAfterAStream() {
        try (RawClient client = server.connect()) {
            for (int i = 0; i < 3; i++) {
                RawClient.Answer answer = client.send(
                                "POST",
                                "/v2/models/repeat/generate_stream",
                                bytes("{\"IN\":[1,2],\"DELAY\":[0,0],\"WAIT\":0}"))
                        .receive();
                assertThat(answer.text().split("\n\n", -1)).hasSize(3);
            }
        }
    }

    @Test
    void answersWhatAModelSaysBesideItsOutputs() {
        RawClient.Answer answer = post("numbers/generate", "{\"INPUT0\": [1.5, 2, 3], \"id\": \"7\", \"any\": true}");
        assertThat(answer.header("content-type")).isEqualTo("application/json");
        assertThat(answer.text())
                .isEqualTo("{\"OUTPUT0\":[1.5,2.0,3.0],\"id\":\"7\",\"model_name\":\"numbers\",\"model_version\":\"1\","
                        + "\"param0\":\"an example string parameter\",\"param1\":42,\"param2\":false,"
                        + "\"param3\":123.123}");
    }

    @Test
    void sendsNoChunksToAClientOfHttp10() {
        String body = "{\"IN\":9,\"DELAY\":0,\"WAIT\":0}";
        String head = " HTTP/1.0\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        try (RawClient client = server.connect()) {
            RawClient.Answer whole =
                    client.send("POST /v2/models/repeat/generate" + head).receive();
            assertThat(whole.headers()).containsKey("content-length").doesNotContainKey("transfer-encoding");
            assertThat(whole.text()).startsWith("{\"IDX\":0,\"OUT\":9,");
        }
        try (RawClient client = server.connect()) {
            assertThat(client.send("POST /v2/models/repeat/generate_stream" + head)
                            .receive()
                            .text())
                    .isEqualTo("{\"error\":\"generate_stream answers in chunks, which HTTP/1.0 does not have\"}");
        }
    }

    @Test
    void refusesBeforeTheModelRuns() {
        assertThat(post("half/generate", "{\"INPUT0\": 1}").text())
                .contains("receiving FP16 data via JSON is not supported");
        RawClient.Answer missing = post("numbers/generate_stream", "{\"other\": 1}");
        assertThat(missing.status()).isEqualTo(400);
        assertThat(missing.header("content-type")).isEqualTo("application/json");
        assertThat(missing.text()).contains("expected 1 inputs but got 0 inputs for model 'numbers'");
        RawClient.Answer coded = post("numbers/generate", "{\"INPUT0\": 1}", "Content-Encoding: gzip");
        assertThat(coded.status()).isEqualTo(400);
        assertThat(coded.text())
                .isEqualTo("{\"error\":\"Unsupported content-encoding, only 'identity' is supported.\"}");
        assertThat(post("numbers/versions/9/generate", "{}").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"generate", "generate_stream"})
    void answersWhatTheSchedulerRefusesWithAnOrdinaryError(String call) {
        RawClient.Answer refused = post("sequence/" + call, "{\"INPUT0\": 1}");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.header("content-type")).isEqualTo("application/json");
        assertThat(refused.header("content-length")).isEqualTo(Integer.toString(refused.body().length));
        assertThat(refused.text())
                .startsWith("{\"error\":\"inference request to model 'sequence' must specify a non-zero");
    }

    @Test
    void takesParametersOfAnyName() {
        assertThat(post("numbers/generate", "{\"INPUT0\": 1, \"triton_x\": 1}").status())
                .isEqualTo(200);
    }
}
