import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;

/**
 * Attacks on a running server, one a row of {@link #ATTACKS}: what it does, and what must hold. After each the server must
 * answer health within a second and infer. At last it is asked to stop, and must. Run by .ci/attack; needs nothing but a JDK.
 */
final class Attack {
    /** More than the server's heap has. */
    private static final long ENDLESS_BYTES = 400L << 20;

    /** What a server may take of something without an end before it ends the connection: socket buffers hold some of it. */
    private static final long MOST_TAKEN_BYTES = 32L << 20;

    private static final int PATIENCE_MILLIS = 8_000;
    private static final int HEALTH_MILLIS = 1_000;
    private static final int MOST_MILLIS = 55_000;
    private static final String INFER = "/v2/models/echo/infer";
    private static final String JSON =
            "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1,2]}]}";

    private static final List<Row> ATTACKS = List.of(
            new Row("1 a chunk's size without an end", Attack::endlessSizes),
            new Row("1 the same on 50 connections", Attack::endlessSizesAtOnce),
            new Row("1 extensions, trailers and lines without an end", Attack::endlessLines),
            new Row("1 a chunk of 2 GiB", Attack::hugeChunk),
            new Row("1 data behind a chunk", Attack::dataBehindAChunk),
            new Row("7 a page of another origin changes the server", Attack::crossSite),
            new Row("7 a page has its name resolved to this machine", Attack::rebinding),
            new Row("8 Vertex AI's redirect changes the server", Attack::redirect),
            new Row("9 heads that are read in two ways", Attack::heads),
            new Row("9 a compressed body that is cut off", Attack::cutGzip));

    /** One attack. */
    private record Row(String name, Action action) {}

    /** Throws where the server does not withstand. */
    @FunctionalInterface
    private interface Action {
        void run(Target target) throws Exception;
    }

    /** The server. */
    private record Target(long process, int http, int grpc, int metrics, int vertexAi) {}

    private Attack() {}

    public static void main(String[] arguments) throws Exception {
        int[] ports = Arrays.stream(arguments).skip(1).mapToInt(Integer::parseInt).toArray();
        Target target = new Target(Long.parseLong(arguments[0]), ports[0], ports[1], ports[2], ports[3]);
        Thread.ofPlatform().daemon().start(() -> {
            try {
                Thread.sleep(MOST_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
            System.out.println("FAILED  no attack may take so long: given up after " + MOST_MILLIS + " ms");
            Runtime.getRuntime().halt(1);
        });
        int failed = 0;
        List<Row> rows = new ArrayList<>(ATTACKS);
        rows.add(new Row("it stops on SIGTERM", Attack::stop));
        for (Row row : rows) {
            long start = System.nanoTime();
            String result;
            try {
                row.action().run(target);
                if (row != rows.getLast()) {
                    assertServes(target);
                }
                result = "ok     ";
            } catch (Exception | AssertionError e) {
                failed++;
                result = "FAILED ";
                System.out.println("        " + e);
            }
            System.out.printf("%s %s (%d ms)%n", result, row.name(), (System.nanoTime() - start) / 1_000_000);
        }
        System.out.println((rows.size() - failed) + " passed, " + failed + " failed");
        System.exit(failed == 0 ? 0 : 1);
    }

    private static void endlessSizes(Target target) throws IOException {
        for (String path : List.of(INFER, "/v2/trace/setting", "/v2/nowhere", "/v2/health/live")) {
            assertEnds(target.http(), chunked("POST", path), "0");
        }
        assertEnds(target.metrics(), chunked("GET", "/metrics"), "0");
        assertEnds(target.vertexAi(), chunked("POST", "/predict"), "0");
    }

    private static void endlessSizesAtOnce(Target target) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                all.add(threads.submit(() -> {
                    assertEnds(target.http(), chunked("POST", INFER), "0");
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
    }

    private static void endlessLines(Target target) throws IOException {
        for (String[] line : new String[][] {{"1;", "x"}, {"0\r\n", "x"}, {"0\r\nx:", "y"}, {"1\r\na\r", "\r"}}) {
            assertEnds(target.http(), chunked("POST", INFER) + line[0], line[1]);
        }
    }

    private static void hugeChunk(Target target) throws IOException {
        try (Wire wire = new Wire(target.http())) {
            wire.send(chunked("POST", INFER) + "7fffffff\r\n");
            long taken = wire.flood(" ", 300 << 20); // more than the heap has; then the client goes away
            assertThat(taken > 0, "nothing was taken");
        }
    }

    private static void dataBehindAChunk(Target target) throws IOException {
        String body = Integer.toHexString(JSON.length()) + "\r\n" + JSON;
        String smuggled = "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
        try (Wire wire = new Wire(target.http())) {
            String said = wire.send(chunked("POST", INFER) + body + "xx0\r\n\r\n" + smuggled).untilClosed();
            assertThat(said.startsWith("HTTP/1.1 400") && !said.contains("live"), "expected 400 and the end, got " + said);
        }
    }

    private static void crossSite(Target target) throws IOException {
        for (String path : List.of(
                "/v2/repository/models/echo/unload",
                "/v2/repository/models/echo/load",
                "/v2/logging",
                "/v2/trace/setting",
                "/v2/systemsharedmemory/region/r/register",
                INFER)) {
            String page = "Content-Type: text/plain\r\nOrigin: https://page.example\r\nSec-Fetch-Site: cross-site\r\n";
            assertStatus(403, target.http(), post(path, "localhost:8000", page, "{}"));
        }
    }

    private static void rebinding(Target target) throws IOException {
        String page = "Origin: http://page.example:8000\r\n";
        assertStatus(403, target.http(), post("/v2/repository/models/echo/unload", "page.example:8000", page, "{}"));
        assertStatus(403, target.http(), "GET /v2 HTTP/1.1\r\nHost: page.example:8000\r\n\r\n");
        assertStatus(403, target.metrics(), "GET /metrics HTTP/1.1\r\nHost: page.example:8002\r\n\r\n");
    }

    private static void redirect(Target target) throws IOException {
        for (String call : List.of(
                "v2/repository/models/echo/unload",
                "v2/repository/models/echo/load",
                "v2/systemsharedmemory/region/r/register",
                "v2/cudasharedmemory/unregister")) {
            String header = "X-Vertex-Ai-Triton-Redirect: " + call + "\r\n";
            assertStatus(403, target.vertexAi(), post("/predict", "localhost", header, "{}"));
        }
    }

    private static void heads(Target target) throws IOException {
        String line = "GET /v2/health/live HTTP/1.1\r\n";
        assertStatus(400, target.http(), line + "\r\n");
        assertStatus(400, target.http(), line + "Host: x\r\nHost: y\r\n\r\n");
        assertStatus(400, target.http(), line + "Host: x\r\n: y\r\n\r\n");
        assertStatus(400, target.http(), line + "Host: x\r\na : y\r\n\r\n");
        assertStatus(400, target.http(), line.replace(" HTTP", "\0 HTTP") + "Host: x\r\n\r\n");
    }

    private static void cutGzip(Target target) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(JSON.getBytes(StandardCharsets.US_ASCII));
        }
        String cut = bytes.toString(StandardCharsets.ISO_8859_1).substring(0, bytes.size() - 8);
        assertStatus(400, target.http(), post(INFER, "localhost", "Content-Encoding: gzip\r\n", cut));
    }

    private static void stop(Target target) throws Exception {
        ProcessHandle process = ProcessHandle.of(target.process()).orElseThrow(() -> new AssertionError("it has died"));
        process.destroy();
        process.onExit().get(10, TimeUnit.SECONDS);
    }

    private static String chunked(String method, String path) {
        return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    }

    private static String post(String path, String host, String headers, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "Content-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    private static void assertServes(Target target) throws IOException {
        long start = System.nanoTime();
        assertStatus(200, target.http(), "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertThat(millis < HEALTH_MILLIS, "health took " + millis + " ms");
        try (Wire wire = new Wire(target.http())) {
            String answer = wire.send(post(INFER, "localhost", "Connection: close\r\n", JSON)).untilClosed();
            assertThat(answer.contains("\"data\":[1.0,2.0]"), "expected an inference, got " + answer);
        }
    }

    private static void assertEnds(int port, String head, String endless) throws IOException {
        try (Wire wire = new Wire(port)) {
            long taken = wire.send(head).flood(endless, ENDLESS_BYTES);
            assertThat(taken < MOST_TAKEN_BYTES, "the server took " + taken + " bytes of '" + endless + "'");
        }
    }

    private static void assertStatus(int status, int port, String request) throws IOException {
        try (Wire wire = new Wire(port)) {
            String line = wire.send(request).line();
            assertThat(line.startsWith("HTTP/1.1 " + status + " "), "expected " + status + ", got '" + line + "' for "
                    + request.lines().findFirst().orElse(""));
        }
    }

    private static void assertThat(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /** A connection on which any bytes are sent. */
    private static final class Wire implements AutoCloseable {
        private final Socket socket;

        Wire(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(PATIENCE_MILLIS);
        }

        Wire send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            return this;
        }

        /** Sends the same again and again; how much, until the server ends the connection or so much is sent. */
        long flood(String text, long most) {
            byte[] piece = text.repeat((1 << 16) / text.length()).getBytes(StandardCharsets.ISO_8859_1);
            long sent = 0;
            try {
                for (; sent < most; sent += piece.length) {
                    socket.getOutputStream().write(piece);
                }
            } catch (IOException e) {
                // The server has ended it.
            }
            return sent;
        }

        String line() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            InputStream stream = socket.getInputStream();
            for (int next = stream.read(); next >= 0 && next != '\r'; next = stream.read()) {
                line.write(next);
            }
            return line.toString(StandardCharsets.ISO_8859_1);
        }

        /** What the server says until it ends the connection. */
        String untilClosed() throws IOException {
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            try {
                for (int next = socket.getInputStream().read(); next >= 0; next = socket.getInputStream().read()) {
                    said.write(next);
                }
            } catch (SocketTimeoutException e) {
                throw new AssertionError("the server keeps the connection", e);
            } catch (IOException e) {
                // A reset ends it too.
            }
            return said.toString(StandardCharsets.ISO_8859_1);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
