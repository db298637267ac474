package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.CapturedLog;
import dev.nereid.server.extension.Extensions;
import io.helidon.webserver.http1.Http1Connection;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The port of metrics, as Triton's answers and with the manners of the HTTP front. */
@Timeout(60)
class MetricsFrontTest {
    private final AtomicInteger scrapes = new AtomicInteger();
    private final MetricsFront front = MetricsFront.start(
            new MetricsConfig("127.0.0.1", 0), () -> "scrape " + scrapes.incrementAndGet() + "\n", Extensions.none());

    @AfterEach
    void stop() {
        assertThat(front.stop(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void everyScrapeAsksForTheText() {
        try (RawClient client = new RawClient(front.port())) {
            RawClient.Answer answer =
                    client.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").receive();
            assertThat(answer.text()).isEqualTo("scrape 1\n");
            assertThat(answer.header("content-type")).isEqualTo("text/plain; charset=utf-8");
            assertThat(client.send("GET /metrics/ HTTP/1.1\r\nHost: x\r\n\r\n")
                            .receive()
                            .text())
                    .as("as Triton's, without Host too")
                    .isEqualTo("scrape 2\n");
        }
    }

    @Test
    void anythingElseIsEmptyAndOnlyReadingIsAllowed() {
        try (RawClient client = new RawClient(front.port())) {
            RawClient.Answer other =
                    client.send("GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n").receive();
            assertThat(other.status()).isEqualTo(200);
            assertThat(other.text()).isEmpty();
            RawClient.Answer refused = client.send("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
                    .receive();
            assertThat(refused.statusLine()).isEqualTo("HTTP/1.1 405 Not Allowed");
            assertThat(refused.text()).isEqualTo("{\"error\":\"Method Not Allowed\"}");
            assertThat(scrapes).hasValue(0);
        }
    }

    @Test
    void speaksOldHttp() {
        try (RawClient client = new RawClient(front.port())) {
            RawClient.Answer answer =
                    client.send("GET /metrics HTTP/1.0\r\n\r\n").receive();
            assertThat(answer.statusLine()).isEqualTo("HTTP/1.0 200 OK");
            assertThat(answer.text()).isEqualTo("scrape 1\n");
        }
    }

    @Test
    void whatIsNoRequestIsNoFailure() {
        try (CapturedLog log = CapturedLog.of(Http1Connection.class);
                RawClient client = new RawClient(front.port())) {
            assertThat(client.send("G@T /metrics HTTP/1.1\r\n\r\n").isClosedByServer())
                    .isTrue();
            assertThat(log.lines()).doesNotContain("Internal server error");
        }
    }
}
