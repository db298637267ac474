package dev.nereid.server.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.nereid.server.cli.CommandLineException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The command beside a server that answers what a test says. */
class TrafficCommandTest {
    private static final String REPORT = """
            {"model": "m", "source": "model", "labels": {"stable": 3, "canary": 4},
             "split": [{"to": "stable", "version": 3, "weight": 95, "share": 0.95},
                       {"to": "canary", "version": 4, "weight": 5, "share": 0.05}],
             "routes": [],
             "versions": [
               {"version": 3, "labels": ["stable"], "requests": 9500, "errors": 12, "client_errors": 0,
                "error_rate": {"value": 0.00126, "low": 0.00072, "high": 0.0022},
                "p50_us": {"value": 4100, "low": 4050, "high": 4200}, "p99_us": {"value": 9800, "low": 9100, "high": 11000}},
               {"version": 4, "labels": ["canary"], "requests": 300, "errors": 0, "client_errors": 1,
                "error_rate": {"value": 0, "low": 0, "high": 0.0127},
                "p50_us": {"value": 5100, "low": 5000, "high": 5200}, "p99_us": {"value": 9900, "low": 9000}}],
             "comparisons": [{"version": 4, "baseline": 3,
                "error_rate_difference": {"value": -0.00126, "low": -0.0022, "high": 0.0115},
                "p50_ratio": {"value": 1.24, "low": 1.19, "high": 1.29}, "p99_ratio": {"value": 1.01, "low": 0.82}}],
             "shadows": [{"version": 5, "matches": 988, "differences": 12, "errors": 3, "dropped": 120,
                "disagreement": {"value": 0.012, "low": 0.00688, "high": 0.0209}}],
             "rollback": {"version": 4, "to": 3, "tripped": false}}
            """;

    private HttpServer server;
    private int status = 200;
    private String body = REPORT;
    private String asked = "";

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked = exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("admin-key");
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private String address() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    private String print(String... flags) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        List<String> arguments = new ArrayList<>(List.of("my model", "--address=" + address()));
        arguments.addAll(List.of(flags));
        TrafficCommand.run(arguments, new PrintStream(out, true, StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void printsTheOutcomeForAPerson() {
        assertThat(print("--header=admin-key: secret")).isEqualTo("""
                        Model 'm': its own traffic document
                        Version 4 is watched, and has its traffic.

                        version  labels  share   requests  errors  error rate %            p50 ms               p99 ms
                        3        stable  95.0 %  9500      12      0.126 (0.072 to 0.220)  4.10 (4.05 to 4.20)  9.80 (9.10 to 11.0)
                        4        canary  5.00 %  300       0       0.000 (0.000 to 1.27)   5.10 (5.00 to 5.20)  9.90 (9.00 to -)
                        In brackets: 95 % confidence intervals; '-' where so few requests give no bound.

                        Version 4 beside version 3:
                          error rate  -0.126 (-0.220 to 1.15) percentage points more: no difference that these requests show
                          p50         1.24 (1.19 to 1.29) times: slower
                          p99         1.01 (0.820 to -) times: no difference that these requests show

                        Shadow version 5: 1000 compared, 12 differ: 1.20 (0.688 to 2.09) %; 3 failed, 120 dropped
                        """);
        assertThat(asked).isEqualTo("/v2/nereid/models/my%20model/traffic secret");
    }

    @Test
    void printsWhatTheServerSaysForPrograms() {
        assertThat(print("--format=json")).isEqualTo(REPORT + "\n");
    }

    @Test
    void saysWhyThereIsNoReport() {
        status = 404;
        body = "{\"error\":\"Request for unknown model: 'm' is not found\"}";
        assertThatThrownBy(() -> print())
                .isInstanceOf(CommandLineException.class)
                .hasMessage(address() + " answered 404: " + body);
        status = 200;
        body = "hello";
        assertThatThrownBy(() -> print())
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("no JSON");
        assertThatThrownBy(() -> print("--format=yaml")).hasMessageContaining("Expected text or json");
        assertThatThrownBy(() -> print("--header=key")).hasMessageContaining("Expected a name, a colon");
        server.stop(0);
        assertThatThrownBy(() -> print())
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("cannot reach a server at");
    }

    @Test
    void theLaunchersHelpIsThatOfTheCommand() throws IOException {
        Path renewed = Files.writeString(Path.of("target/usage-traffic.txt"), TrafficCommand.usage());
        assertThat(Path.of("../docs/usage-traffic.txt"))
                .as("docs/usage-traffic.txt differs: copy server/target/usage-traffic.txt over it")
                .hasSameTextualContentAs(renewed);
    }
}
