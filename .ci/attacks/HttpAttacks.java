import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.GZIPOutputStream;

/** Bytes of HTTP that are framed wrongly, or come from where they may not. */
final class HttpAttacks {
    /** More than the server's heap has. */
    private static final long ENDLESS_BYTES = 400L << 20;

    /** What a server may take of something without an end before it ends the connection: socket buffers hold some of it. */
    private static final long MOST_TAKEN_BYTES = 32L << 20;

    private HttpAttacks() {}

    static void endlessSizes(Checks.Target target) throws IOException {
        for (String path : List.of(Checks.INFER, "/v2/trace/setting", "/v2/nowhere", "/v2/health/live")) {
            assertEnds(target.http(), Checks.chunked("POST", path), "0");
        }
        assertEnds(target.metrics(), Checks.chunked("GET", "/metrics"), "0");
        assertEnds(target.vertexAi(), Checks.chunked("POST", "/predict"), "0");
    }

    static void endlessSizesAtOnce(Checks.Target target) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                all.add(threads.submit(() -> {
                    assertEnds(target.http(), Checks.chunked("POST", Checks.INFER), "0");
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
    }

    static void endlessLines(Checks.Target target) throws IOException {
        for (String[] line : new String[][] {{"1;", "x"}, {"0\r\n", "x"}, {"0\r\nx:", "y"}, {"1\r\na\r", "\r"}}) {
            assertEnds(target.http(), Checks.chunked("POST", Checks.INFER) + line[0], line[1]);
        }
    }

    static void hugeChunk(Checks.Target target) throws IOException {
        try (Wire wire = new Wire(target.http())) {
            wire.send(Checks.chunked("POST", Checks.INFER) + "7fffffff\r\n");
            long taken = wire.flood(" ", 300 << 20); // more than the heap has; then the client goes away
            Checks.assertThat(taken > 0, "nothing was taken");
        }
    }

    static void dataBehindAChunk(Checks.Target target) throws IOException {
        String body = Integer.toHexString(Checks.JSON.length()) + "\r\n" + Checks.JSON;
        String smuggled = "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
        try (Wire wire = new Wire(target.http())) {
            String said = wire.send(Checks.chunked("POST", Checks.INFER) + body + "xx0\r\n\r\n" + smuggled).untilClosed();
            Checks.assertThat(said.startsWith("HTTP/1.1 400") && !said.contains("live"), "expected 400 and the end, got " + said);
        }
    }

    static void crossSite(Checks.Target target) throws IOException {
        for (String path : List.of(
                "/v2/repository/models/echo/unload",
                "/v2/repository/models/echo/load",
                "/v2/logging",
                "/v2/trace/setting",
                "/v2/systemsharedmemory/region/r/register",
                Checks.INFER)) {
            String page = "Content-Type: text/plain\r\nOrigin: https://page.example\r\nSec-Fetch-Site: cross-site\r\n";
            Checks.assertStatus(403, target.http(), Checks.post(path, "localhost:8000", page, "{}"));
        }
    }

    static void rebinding(Checks.Target target) throws IOException {
        String page = "Origin: http://page.example:8000\r\n";
        Checks.assertStatus(403, target.http(), Checks.post("/v2/repository/models/echo/unload", "page.example:8000", page, "{}"));
        Checks.assertStatus(403, target.http(), "GET /v2 HTTP/1.1\r\nHost: page.example:8000\r\n\r\n");
        Checks.assertStatus(403, target.metrics(), "GET /metrics HTTP/1.1\r\nHost: page.example:8002\r\n\r\n");
    }

    static void redirect(Checks.Target target) throws IOException {
        for (String call : List.of(
                "v2/repository/models/echo/unload",
                "v2/repository/models/echo/load",
                "v2/systemsharedmemory/region/r/register",
                "v2/cudasharedmemory/unregister")) {
            String header = "X-Vertex-Ai-Triton-Redirect: " + call + "\r\n";
            Checks.assertStatus(403, target.vertexAi(), Checks.post("/predict", "localhost", header, "{}"));
        }
    }

    static void heads(Checks.Target target) throws IOException {
        String line = "GET /v2/health/live HTTP/1.1\r\n";
        Checks.assertStatus(400, target.http(), line + "\r\n");
        Checks.assertStatus(400, target.http(), line + "Host: x\r\nHost: y\r\n\r\n");
        Checks.assertStatus(400, target.http(), line + "Host: x\r\n: y\r\n\r\n");
        Checks.assertStatus(400, target.http(), line + "Host: x\r\na : y\r\n\r\n");
        Checks.assertStatus(400, target.http(), line.replace(" HTTP", "\0 HTTP") + "Host: x\r\n\r\n");
    }

    static void cutGzip(Checks.Target target) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(Checks.JSON.getBytes(StandardCharsets.US_ASCII));
        }
        String cut = bytes.toString(StandardCharsets.ISO_8859_1).substring(0, bytes.size() - 8);
        Checks.assertStatus(400, target.http(), Checks.post(Checks.INFER, "localhost", "Content-Encoding: gzip\r\n", cut));
    }

    private static void assertEnds(int port, String head, String endless) throws IOException {
        try (Wire wire = new Wire(port)) {
            long taken = wire.send(head).flood(endless, ENDLESS_BYTES);
            Checks.assertThat(taken < MOST_TAKEN_BYTES, "the server took " + taken + " bytes of '" + endless + "'");
        }
    }
}
