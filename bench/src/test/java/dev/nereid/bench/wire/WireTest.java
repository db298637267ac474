package dev.nereid.bench.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.bench.NumberTable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WireTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"live", "json-small", "binary-small", "json-1mb", "binary-600kb", "grpc-live", "grpc-small"})
    void everyRequestIsAnsweredAgainAndAgain(String request) throws IOException {
        try (Loopback loopback = Loopback.start(request)) {
            int first = loopback.exchange();
            assertThat(first).isPositive();
            assertThat(loopback.exchange()).isEqualTo(first);
        }
    }

    @Test
    void readsTheReportOfTheLoadGenerator() throws IOException {
        LoadTool.Run run = LoadTool.parse("""
                finished in 4.00s, 30125.25 req/s, 5.63MB/s
                requests: 120501 total, 120517 started, 120501 done, 120501 succeeded, 0 failed, 0 errored, 0 timeout
                """);
        assertThat(run).isEqualTo(new LoadTool.Run(120501, 30125.25));
        assertThatThrownBy(
                        () -> LoadTool.parse(
                                "finished in 1s, 1.5 req/s\nrequests: 2 total, 2 started, 2 done, 1 succeeded, 1 failed, 1 errored"))
                .hasMessageStartingWith("1 of the requests failed");
        assertThatThrownBy(
                        () -> LoadTool.parse(
                                "finished in 1s, 0.00 req/s\nrequests: 0 total, 16 started, 0 done, 0 succeeded, 0 failed, 0 errored"))
                .hasMessageStartingWith("no request was answered");
        assertThatThrownBy(() -> LoadTool.parse("no such host")).hasMessageContaining("no such host");
    }

    @Test
    void readsTheTimesOfAProcessWhateverItIsCalled() throws IOException {
        assertThat(ProcessTime.parse("7 (a) b (c) S 1 7 7 0 -1 0 1 0 0 0 250 125 0 0 20 0 1 0 5\n"))
                .isEqualTo(3.75);
        assertThat(ProcessTime.seconds(ProcessHandle.current().pid())).isPositive();
        assertThatThrownBy(() -> ProcessTime.seconds(Long.MAX_VALUE))
                .hasMessageStartingWith("there is no process " + Long.MAX_VALUE);
    }

    @Test
    void printsTheBestAndTheMedianBesideTriton() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        WireTable.of(Map.of(
                        WireCase.ALL.getFirst(),
                        List.of(
                                new WireTable.Turn(100, 50),
                                new WireTable.Turn(300, 21.5),
                                new WireTable.Turn(200, 30))))
                .print(NumberTable.Format.MARKDOWN, new PrintStream(bytes, true, StandardCharsets.UTF_8));
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .endsWith("| small JSON | 16 | 300 (200) | 21.5 (30.0) | 32353 | 43 | 0.50 | 0.60 |\n");
    }
}
