package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.perf.nullserver.NullGrpcServer;
import dev.nereid.perf.nullserver.NullHttpServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two servers in turns. */
class VersusTest {
    @TempDir
    private Path folder;

    private static PerfOptions options(String first, String second) {
        PerfOptions options = Runs.few("http", first);
        options.model = "null";
        options.requestCount = 0;
        options.interval = 50;
        options.versus.url = second;
        options.versus.rounds = 3;
        return options;
    }

    @Test
    @Tag("found-35")
    void serversOfDifferentProtocolsAreComparedInEveryFile() throws Exception {
        try (NullHttpServer http = new NullHttpServer(0);
                NullGrpcServer grpc = new NullGrpcServer(0)) {
            PerfOptions options = options("localhost:" + http.port(), "localhost:" + grpc.port());
            options.versus.protocol = "grpc";
            options.concurrency = "1:2";
            options.report.csv = folder.resolve("table.csv");
            options.report.export = folder.resolve("rounds.json");
            options.report.html = folder.resolve("page.html");
            String first = "localhost:" + http.port();
            String second = "localhost:" + grpc.port();
            assertThat(Runs.run(options).text())
                    .contains("  localhost:" + http.port() + " (http, null)\n")
                    .contains("  localhost:" + grpc.port() + " (grpc, null)\n")
                    .contains("Ratios are " + first + " over " + second + ",")
                    .contains("Concurrency: 1\n", "Concurrency: 2\n", "Throughput, infer/sec", "p99.99 latency, usec");
            List<String> table = Files.readAllLines(options.report.csv);
            assertThat(table).hasSize(1 + 2 * 8);
            assertThat(table.get(1)).startsWith("1,Throughput,infer/sec,").endsWith(",3");
            JsonNode rounds = new ObjectMapper().readTree(options.report.export.toFile());
            assertThat(rounds.at("/levels/1/rounds")).hasSize(3);
            assertThat(rounds.at("/levels/1/rounds/2/b/requests").asLong()).isPositive();
            assertThat(rounds.at("/levels/0/ratios/0/low").asDouble())
                    .isLessThanOrEqualTo(rounds.at("/levels/0/ratios/0/ratio").asDouble());
            assertThat(Files.readString(options.report.html))
                    .contains("Two servers beside each other", "<svg")
                    .contains("<th>" + first + "</th><th>" + second + "</th>")
                    .contains("Concurrency 2: " + first + " over " + second);
        }
    }

    @Test
    @Tag("found-35")
    void serversAreNamedByWhatTellsThemApart() {
        ServerChoice server = new ServerChoice("https://a:8000", "HTTP", "triton", "m", "");
        assertThat(server.nameBeside(new ServerChoice("b:8000", "http", "triton", "m", ""), "first"))
                .isEqualTo("a:8000");
        assertThat(server.nameBeside(new ServerChoice("a:8000", "grpc", "triton", "n", ""), "first"))
                .isEqualTo("http");
        assertThat(server.nameBeside(new ServerChoice("a:8000", "http", "triton", "m", "2"), "first"))
                .isEqualTo("latest version");
        assertThat(server.nameBeside(server, "first")).isEqualTo("first");
    }

    @Test
    void serverThatIsAwayEndsTheComparison() throws Exception {
        try (NullHttpServer http = new NullHttpServer(0)) {
            PerfOptions options = options("localhost:" + http.port(), "localhost:1");
            assertThatThrownBy(() -> Runs.run(options))
                    .hasMessageContaining("localhost:1: expected HTTP in plain text, got no connection: ");
        }
    }

    @Test
    void loadsThatEndByThemselvesAreNotCompared() {
        PerfOptions options = options("localhost:1", "localhost:2");
        options.requestCount = 5;
        assertThatThrownBy(() -> Runs.run(options)).hasMessageContaining("--vs alternates windows");
    }
}
