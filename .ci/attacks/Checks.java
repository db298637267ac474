import java.io.IOException;

/** What the attacks send and check. */
final class Checks {
    static final String INFER = "/v2/models/echo/infer";
    static final String JSON =
            "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1,2]}]}";

    private static final int HEALTH_MILLIS = 1_000;

    /** The server. */
    record Target(long process, int http, int grpc, int metrics, int vertexAi) {}

    private Checks() {}

    static String chunked(String method, String path) {
        return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    }

    static String post(String path, String host, String headers, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "Content-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    /** Health within a second. */
    static void assertLives(Target target) throws IOException {
        long start = System.nanoTime();
        assertStatus(200, target.http(), "GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertThat(millis < HEALTH_MILLIS, "health took " + millis + " ms");
    }

    static void assertServes(Target target) throws IOException {
        assertLives(target);
        try (Wire wire = new Wire(target.http())) {
            String answer = wire.send(post(INFER, "localhost", "Connection: close\r\n", JSON)).untilClosed();
            assertThat(answer.contains("\"data\":[1.0,2.0]"), "expected an inference, got " + answer);
        }
    }

    static void assertStatus(int status, int port, String request) throws IOException {
        try (Wire wire = new Wire(port)) {
            String line = wire.send(request).line();
            assertThat(line.startsWith("HTTP/1.1 " + status + " "), "expected " + status + ", got '" + line + "' for "
                    + request.lines().findFirst().orElse(""));
        }
    }

    static void assertThat(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
