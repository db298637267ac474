package dev.nereid.server.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.server.protocol.CallRecord;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AccessLogTest {
    private static final AccessLog.Outcome OK = new AccessLog.Outcome("200", false, 10, 20);
    private static final AccessLog.Outcome NOT_FOUND = new AccessLog.Outcome("404", true, 0, 30);

    @TempDir
    private Path folder;

    private AccessLog open(double sample) {
        return AccessLog.open(new AccessLogConfig(Optional.of(folder.resolve("log")), sample));
    }

    private List<JsonNode> lines() throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve("log"))) {
            lines.add(new ObjectMapper().readTree(line));
        }
        return lines;
    }

    @Test
    void aLineHasWhatWasNotedAndNothingElse() throws IOException {
        CallRecord call = new CallRecord("HTTP");
        call.from(new InetSocketAddress(InetAddress.getLoopbackAddress(), 4711));
        call.calls("GET", "/v2/models/{model}");
        call.tracedBy("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        call.asksFor("iris", "");
        call.asksFor("another", "2");
        try (AccessLog log = open(1)) {
            log.write(call, OK);
        }

        JsonNode line = lines().getFirst();
        assertThat(line.path("time").asText()).isEqualTo(call.start().toString().substring(0, 23) + "Z");
        assertThat(line.path("total_us").asLong(-1)).isNotNegative();
        assertThat(line.toString())
                .contains("\"client\":\"127.0.0.1:4711\",\"protocol\":\"HTTP\",\"method\":\"GET\",\"path\":\""
                        + "/v2/models/{model}\",\"model\":\"iris\",\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\","
                        + "\"status\":\"200\",\"bytes_in\":10,\"bytes_out\":20,\"total_us\":");
    }

    @Test
    void addressesAndPortsCanBeToldApart() throws IOException {
        CallRecord six = new CallRecord("HTTP");
        six.from(new InetSocketAddress(InetAddress.getByAddress(new byte[16]), 1));
        CallRecord socket = new CallRecord("HTTP");
        socket.from(UnixDomainSocketAddress.of("/run/nereid"));
        try (AccessLog log = open(1)) {
            log.write(six, OK);
            log.write(socket, OK);
        }
        assertThat(lines())
                .extracting(line -> line.path("client").asText())
                .containsExactly("[0:0:0:0:0:0:0:0]:1", "unix");
    }

    @Test
    void textsOfClientsStayOnTheirLineAndHaveALimit() throws IOException {
        CallRecord call = new CallRecord("HTTP");
        call.calls("GET", "/a\"\n{\"status\":\"200\"}\u001b[31m");
        call.asksFor("m".repeat(10_000), "");
        call.tracedBy("no trace");
        try (AccessLog log = open(1)) {
            log.write(call, NOT_FOUND);
        }

        JsonNode line = lines().getFirst();
        assertThat(lines()).hasSize(1);
        assertThat(line.path("path").asText()).isEqualTo("/a\"\n{\"status\":\"200\"}\u001b[31m");
        assertThat(line.path("model").asText()).isEqualTo("m".repeat(AccessLog.MOST_TEXT) + "...");
        assertThat(line.has("trace_id")).isFalse();
        assertThat(Files.readString(folder.resolve("log"))).doesNotContain("\u001b");
    }

    @Test
    void ofASampleAllCallsThatFailedAreLogged() throws IOException {
        try (AccessLog log = open(0)) {
            for (int i = 0; i < 100; i++) {
                log.write(new CallRecord("HTTP"), i % 10 == 0 ? NOT_FOUND : OK);
            }
        }
        assertThat(lines())
                .hasSize(10)
                .allMatch(line -> line.path("status").asText().equals("404"));
    }

    @Test
    void aSampleIsAboutItsShare() throws IOException {
        try (AccessLog log = open(0.5)) {
            for (int i = 0; i < 4000; i++) {
                log.write(new CallRecord("HTTP"), OK);
            }
            assertThat(log.dropped()).isZero();
        }
        assertThat(lines()).hasSizeBetween(1700, 2300); // ten standard deviations
    }

    @Test
    void whatCannotBeWrittenIsCountedAndNobodyWaits() throws IOException {
        Path full = Path.of("/dev/full"); // a device that has no room
        AccessLog log = new AccessLog(new RotatingFile(full, AccessLog.MOST_BYTES, 1), 1, 2);
        for (int i = 0; i < 1000; i++) {
            log.write(new CallRecord("HTTP"), OK);
        }
        log.close();
        assertThat(log.dropped()).isPositive();
    }

    @Test
    void aFileThatCannotBeOpenedIsNamed() {
        AccessLogConfig config = new AccessLogConfig(Optional.of(folder.resolve("missing/log")), 1);
        assertThatThrownBy(config::check)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("missing/log' cannot be opened")
                .hasMessageContaining("--access-log names a file");
    }

    @Test
    void aShareLiesBetweenNoneAndAll() {
        for (double wrong : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThatThrownBy(() -> new AccessLogConfig(Optional.empty(), wrong))
                    .hasMessage("expected a share from 0 to 1, got " + wrong);
        }
    }
}
