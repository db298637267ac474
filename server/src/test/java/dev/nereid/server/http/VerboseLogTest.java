package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class VerboseLogTest {
    @TempDir
    private Path root;

    private final List<Logger> logs = List.of(
            (Logger) LoggerFactory.getLogger(Dispatcher.class), (Logger) LoggerFactory.getLogger(Exchange.class));
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        lines.start();
        logs.forEach(log -> {
            log.setLevel(Level.DEBUG);
            log.addAppender(lines);
        });
    }

    @AfterEach
    void stopListening() {
        logs.forEach(log -> {
            log.detachAppender(lines);
            log.setLevel(null);
        });
    }

    @Test
    void namesEveryRequestAndWhyItFailed() throws IOException, InterruptedException {
        TestServer.writeIdentity(root, "m", "TYPE_INT32");
        try (TestServer server = TestServer.start(root);
                HttpClient client = HttpClient.newHttpClient()) {
            for (String path : List.of("/v2/health/live", "/v2/models/absent")) {
                client.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
            }
        }

        assertThat(lines.list.stream().map(ILoggingEvent::getFormattedMessage))
                .containsExactly(
                        "HTTP request: GET /v2/health/live",
                        "HTTP request: GET /v2/models/absent",
                        "HTTP request failed: Request for unknown model: 'absent' is not found");
    }
}
