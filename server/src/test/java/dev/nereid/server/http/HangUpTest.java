package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.CapturedLog;
import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.observe.StatisticsSnapshot;
import dev.nereid.server.repository.Model;
import dev.nereid.server.statement.Statement;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that hang up, or send more, while their request waits. */
@Timeout(60)
class HangUpTest {
    /** Long enough for a hang-up to be heard while the request before it runs. */
    private static final int EXECUTION_MILLIS = 3000;

    private static final byte[] BODY =
            "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1,1],\"data\":[7]}]}"
                    .getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path root;

    private TestServer start(int millis) {
        TestServer.write(root, "slow", """
                backend: "identity"
                max_batch_size: 1
                input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ 1 ] } ]
                output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ 1 ] } ]
                instance_group [ { kind: KIND_CPU count: 1 } ]
                dynamic_batching { }
                parameters { key: "execute_delay_ms" value: { string_value: "%d" } }
                """.formatted(millis));
        return TestServer.start(root);
    }

    private static StatisticsSnapshot statistics(TestServer server) {
        Model model = server.repository().find("slow", "");
        return model.statistics().snapshot();
    }

    @Test
    @Statement(156)
    void cancelsTheRequestOfAClientThatHangsUp() {
        try (TestServer server = start(EXECUTION_MILLIS);
                RawClient patient = server.connect()) {
            patient.send("POST", "/v2/models/slow/infer", BODY);
            while (server.repository().inFlight() == 0) {
                Thread.onSpinWait();
            }
            try (RawClient hasty = server.connect()) {
                hasty.send("POST", "/v2/models/slow/infer", BODY);
                while (statistics(server).pendingCount() == 0) {
                    Thread.onSpinWait();
                }
            }
            assertThat(patient.receive().status()).isEqualTo(200);
            while (server.repository().inFlight() > 0) {
                Thread.onSpinWait();
            }
            assertThat(statistics(server).failures()).containsEntry(FailureReason.CANCELED, 1L);
            assertThat(statistics(server).executionCount()).isEqualTo(1);
            // The threads of the connections give the memory back, after the answer.
            long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (server.usedBytes() > 0 && System.nanoTime() < patience) {
                Thread.onSpinWait();
            }
            assertThat(server.usedBytes()).isZero();
        }
    }

    /** Whoever hangs up must not be able to fill the log, nor the errors of the server. */
    @Test
    void aClientThatHangsUpInItsAnswerIsNoErrorOfTheServers() {
        TestServer.writeIdentity(root, "echo", "FP32");
        byte[] data = new byte[32 << 20];
        String json = "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1," + data.length / 4
                + "],\"parameters\":{\"binary_data_size\":" + data.length
                + "}}],\"outputs\":[{\"name\":\"OUTPUT0\",\"parameters\":{\"binary_data\":true}}]}";
        byte[] body = Arrays.copyOf(json.getBytes(StandardCharsets.UTF_8), json.length() + data.length);
        try (CapturedLog log = CapturedLog.of(Dispatcher.class);
                TestServer server = start(1)) {
            try (RawClient hasty = server.connect()) {
                hasty.send("POST", "/v2/models/echo/infer", body, "Inference-Header-Content-Length: " + json.length());
                assertThat(hasty.receiveHead().status()).isEqualTo(200);
            }
            long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (server.usedBytes() > 0 && System.nanoTime() < patience) {
                Thread.onSpinWait();
            }
            assertThat(server.usedBytes()).isZero();
            assertThat(server.front().stop(Duration.ofSeconds(20))).isTrue();
            assertThat(log.lines()).noneMatch(line -> line.contains("failed"));
        }
    }

    @Test
    void keepsWhatAClientSendsWhileItsRequestRuns() {
        try (TestServer server = start(600);
                RawClient client = server.connect()) {
            client.send("POST", "/v2/models/slow/infer", BODY);
            while (server.repository().inFlight() == 0) {
                Thread.onSpinWait();
            }
            client.send("GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(client.receive().text()).contains("\"data\":[7.0]");
            assertThat(client.receive().text()).isEqualTo("{\"live\":true}");
            client.send("POST", "/v2/models/slow/infer", BODY);
            assertThat(client.receive().status()).isEqualTo(200);
            assertThat(client.send("GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n")
                            .receive()
                            .status())
                    .isEqualTo(200);
        }
    }
}
