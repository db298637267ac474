package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a web page can make a browser send: to a server of another origin, or to one whose name it has taken. */
@Tag("found-7")
class WebPageRequestsTest {
    private static final String PAGE = "https://page.example:8443";
    private static final String UNLOAD = "/v2/repository/models/identity/unload";

    @TempDir
    static Path root;

    @AutoClose
    private static TestServer server;

    @BeforeAll
    static void start() {
        TestServer.writeIdentity(root, "identity", "FP32");
        server = TestServer.start(
                root,
                HttpConfig.of("127.0.0.1", 0, "triton")
                        .withCors(new Cors(Set.of("https://friend.example")))
                        .withHosts(AllowedHosts.of("0.0.0.0", List.of())));
    }

    private static RawClient.Answer post(String path, String host, String body, String... headers) {
        StringBuilder request = new StringBuilder(
                "POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: " + body.length() + "\r\n");
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        try (RawClient client = server.connect()) {
            return client.send(request + "\r\n" + body).receive();
        }
    }

    private static boolean isServed() {
        try (RawClient client = server.connect()) {
            return client.send("GET /v2/models/identity/ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .receive()
                            .status()
                    == 200;
        }
    }

    /** With a content type that browsers send across origins without asking first. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                UNLOAD + "|{}",
                "/v2/repository/models/identity/load|{}",
                "/v2/repository/index|{}",
                "/v2/logging|{\"log_verbose_level\":1}",
                "/v2/trace/setting|{\"trace_level\":[\"TIMESTAMPS\"]}",
                "/v2/models/identity/trace/setting|{\"trace_level\":[\"TIMESTAMPS\"]}",
                "/v2/systemsharedmemory/region/r/register|{\"key\":\"/k\",\"offset\":0,\"byte_size\":1}",
                "/v2/systemsharedmemory/unregister|''",
                "/v2/cudasharedmemory/unregister|''",
                "/v2/models/identity/infer|{}",
                "/v2/models/identity/generate|{}",
                "/v2/nowhere|{}",
            })
    void refusesWhatAPageOfAnotherOriginSends(String path, String body) {
        for (String[] marks : new String[][] {
            {"Origin: " + PAGE},
            {"Origin: " + PAGE, "Sec-Fetch-Site: cross-site"},
            {"Origin: http://localhost:3000", "Sec-Fetch-Site: same-site"},
            {"Origin: null"},
            {"Sec-Fetch-Site: cross-site"},
        }) {
            String[] headers = Arrays.copyOf(marks, marks.length + 1);
            headers[marks.length] = "Content-Type: text/plain";
            RawClient.Answer answer = post(path, "localhost:8000", body, headers);
            assertThat(answer.status()).as(path + " " + List.of(marks)).isEqualTo(403);
            assertThat(answer.text()).contains("comes from a web page of another origin");
        }
        assertThat(isServed()).isTrue();
    }

    @Test
    void saysHowAPageIsAllowed() {
        assertThat(post(UNLOAD, "localhost", "", "Origin: " + PAGE).text())
                .isEqualTo("{\"error\":\"this request comes from a web page of another origin, which may not send it; "
                        + "--http-cors-origin=" + PAGE + " allows it\"}");
    }

    /** What the stock clients send, and a page of the server's own origin behind three kinds of proxies. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: localhost",
                "Host: 127.0.0.1:8000|User-Agent: curl/8.5.0|Accept: */*|Content-Type: application/x-www-form-urlencoded",
                "Host: triton:8000|Content-Type: application/json",
                "Host: models.example.com|Content-Type: application/octet-stream|Inference-Header-Content-Length: 0",
                "Host: models.svc.cluster.local:8000",
                "Host: models.example.com|Sec-Fetch-Mode: cors|User-Agent: node",
                "Host: localhost|Origin: https://friend.example|Sec-Fetch-Site: cross-site",
                "Host: triton:8000|Origin: http://triton:8000",
                "Host: 127.0.0.1:8000|Origin: https://models.example.com|Sec-Fetch-Site: same-origin",
                "Host: 127.0.0.1:8000|Origin: http://models.corp|X-Forwarded-Host: models.corp",
                "Host: localhost|Sec-Fetch-Site: none|User-Agent: Mozilla/5.0",
            })
    void noticesNoOtherClient(String headers) {
        String[] all = headers.split("\\|", -1);
        RawClient.Answer answer = post(
                "/v2/repository/index",
                all[0].substring("Host: ".length()),
                "{}",
                Arrays.copyOfRange(all, 1, all.length));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    }

    @Test
    void readingIsLeftToTheBrowser() {
        try (RawClient client = server.connect()) {
            RawClient.Answer answer = client.send("GET /v2 HTTP/1.1\r\nHost: localhost\r\nOrigin: " + PAGE + "\r\n\r\n")
                    .receive();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.headers()).doesNotContainKey("access-control-allow-origin");
        }
    }

    /** After the page's name has been resolved anew, to this machine: all of it is of one origin. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: page.example:8000|Origin: http://page.example:8000",
                "Host: PAGE.example.|Origin: http://PAGE.example.",
                "Host: page.example|Sec-Fetch-Site: same-origin",
                "Host: 127.0.0.1.page.example|Origin: http://127.0.0.1.page.example",
                "Host: localhost.page.example|Origin: http://localhost.page.example",
                "Host: page.example|User-Agent: Mozilla/5.0 (X11; Linux x86_64)",
            })
    void refusesAPageThatHasTakenTheServersName(String headers) {
        String[] all = headers.split("\\|", -1);
        RawClient.Answer answer =
                post(UNLOAD, all[0].substring("Host: ".length()), "{}", Arrays.copyOfRange(all, 1, all.length));
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.text()).contains("--http-allowed-host");
        assertThat(isServed()).isTrue();
    }

    @Test
    void letsNoSuchPageReadEither() {
        try (RawClient client = server.connect()) {
            assertThat(client.send("GET /v2 HTTP/1.1\r\nHost: page.example:8000\r\nUser-Agent: Mozilla/5.0\r\n\r\n")
                            .receive()
                            .status())
                    .isEqualTo(403);
        }
    }
}
