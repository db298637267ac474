package dev.nereid.server.hostile;

import dev.nereid.server.protocol.CollidingNames;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * Clients of the HTTP front that misbehave, each in a way of its own and on a connection of its own. Each ends when the
 * server has ended the connection, where that is what must happen; none takes another answer than it deserves.
 */
final class HostileHttp {
    private static final int DRIP_MILLIS = 100;

    /** Drips that no server takes: a minute of them. */
    private static final int DRIPS = 600;

    private final int port;
    private final byte[] bomb = Wire.gzip(new byte[8 << 20]);

    HostileHttp(int port) {
        this.port = port;
    }

    /** One visit of a client that misbehaves; what it throws besides {@link IOException} is a fault of the server. */
    interface Visit {
        void pay(Wire wire, Random random) throws IOException, InterruptedException;
    }

    Map<String, Visit> visits() {
        Map<String, Visit> visits = new LinkedHashMap<>();
        visits.put("stalls in a body", HostileHttp::stall);
        visits.put("drips", HostileHttp::drip);
        visits.put("hangs up in a request", HostileHttp::hangUpInRequest);
        visits.put("hangs up in an answer", HostileHttp::hangUpInAnswer);
        visits.put("hangs up while it waits", HostileHttp::hangUpWhileWaiting);
        visits.put("sends junk", HostileHttp::junk);
        visits.put("closes half", HostileHttp::halfClose);
        visits.put("sends long headers", HostileHttp::longHeaders);
        visits.put("sends headers without end", HostileHttp::endlessHeaders);
        visits.put("sends a bomb", this::bomb);
        visits.put("says too great a length", HostileHttp::lengthTooGreat);
        visits.put("says too small a length", HostileHttp::lengthTooSmall);
        visits.put("says wrong lengths inside", HostileHttp::lengthsInside);
        visits.put("damages chunks", HostileHttp::chunks);
        visits.put("reads nothing", HostileHttp::neverRead);
        visits.put("nests deep", HostileHttp::nest);
        visits.put("names parameters with one hash code", HostileHttp::collidingNames);
        return visits;
    }

    /** Pays one visit. */
    void visit(Visit visit, Random random) throws InterruptedException {
        try (Wire wire = new Wire(port)) {
            visit.pay(wire, random);
        } catch (SocketTimeoutException e) {
            throw new IllegalStateException("the server keeps a connection that it should have ended", e);
        } catch (IOException e) {
            // The server ended the connection sooner, which it may.
        }
    }

    private static void expect(boolean right, String what, String got) {
        if (!right) {
            throw new IllegalStateException(what + ", got " + got.substring(0, Math.min(got.length(), 1000)));
        }
    }

    /** No answer, or one that refuses. */
    private static void expectRefusal(String said) {
        expect(said.isEmpty() || said.matches("(?s)HTTP/1.1 [45].*"), "expected no answer or a refusal", said);
    }

    private static byte[] part(byte[] request, Random random) {
        return Arrays.copyOf(request, 1 + random.nextInt(request.length - 1));
    }

    private static byte[] request(Random random, int most) {
        return Wire.infer("echo", Wire.numbers(random, 1 + random.nextInt(most)), random.nextBoolean());
    }

    private static void stall(Wire wire, Random random) throws IOException {
        expectRefusal(wire.send(part(request(random, 20_000), random)).untilClosed());
    }

    private static void drip(Wire wire, Random random) throws IOException, InterruptedException {
        byte[] request = Wire.infer("echo", Wire.numbers(random, 1000), true);
        for (int i = 0; i < DRIPS; i++) {
            wire.send(new byte[] {request[i]});
            Thread.sleep(DRIP_MILLIS);
        }
        throw new IllegalStateException("the server took " + DRIPS + " bytes that came one by one");
    }

    /** Names of 32,768 parameters that all have the same hash code; the answer must not take seconds. */
    private static void collidingNames(Wire wire, Random random) throws IOException {
        StringBuilder body = new StringBuilder("{\"inputs\":[],\"parameters\":{");
        CollidingNames.of(15).forEach(name -> body.append('"').append(name).append("\":1,"));
        body.setLength(body.length() - 1);
        String path = "/v2/models/echo/" + (random.nextBoolean() ? "infer" : "generate");
        Wire.Answer answer = wire.send(
                        Wire.post(path, body.append("}}").toString().getBytes(StandardCharsets.UTF_8)))
                .receive();
        expect(answer.status() == 400, "expected a refusal of too many parameters", answer.text());
    }

    private static void hangUpInRequest(Wire wire, Random random) throws IOException {
        wire.send(part(request(random, 20_000), random));
        if (random.nextBoolean()) {
            wire.reset();
        }
    }

    private static void hangUpInAnswer(Wire wire, Random random) throws IOException {
        wire.send(Wire.infer("echo", Wire.numbers(random, 200_000), false));
        for (int i = random.nextInt(100); i >= 0; i--) {
            wire.read();
        }
        if (random.nextBoolean()) {
            wire.reset();
        }
    }

    private static void hangUpWhileWaiting(Wire wire, Random random) throws IOException, InterruptedException {
        wire.send(Wire.infer("slow", Wire.numbers(random, 10), true));
        Thread.sleep(random.nextInt(30));
        if (random.nextBoolean()) {
            wire.reset();
        }
    }

    private static void junk(Wire wire, Random random) throws IOException {
        byte[] junk = new byte[1 + random.nextInt(2000)];
        random.nextBytes(junk);
        if (random.nextBoolean()) {
            junk[0] = 0x16; // as TLS begins
        }
        expectRefusal(wire.send(junk).send("\r\n\r\n").endOutput().untilClosed());
    }

    /** Whoever sends no more is answered, or counts as gone. */
    private static void halfClose(Wire wire, Random random) throws IOException {
        String said = wire.send(request(random, 1000)).endOutput().untilClosed();
        expect(
                said.isEmpty() || said.startsWith("HTTP/1.1 200 ") || said.contains("cancel"),
                "expected the answer, or that it was cancelled",
                said);
    }

    private static void longHeaders(Wire wire, Random random) throws IOException {
        String name = "x".repeat(1 + random.nextInt(100));
        String header = name + ": " + "y".repeat(1000) + "\r\n";
        Wire.Answer answer = wire.send(
                        "GET /v2 HTTP/1.1\r\nHost: x\r\n" + header.repeat(80 + random.nextInt(40)) + "\r\n")
                .receive();
        expect(answer.status() == 431, "expected 431", answer.status() + " " + answer.text());
        wire.untilClosed();
    }

    private static void endlessHeaders(Wire wire, Random random) throws IOException {
        wire.send("GET /v2 HTTP/1.1\r\n");
        byte[] more =
                (random.nextBoolean() ? "z".repeat(8192) : "a: b\r\n".repeat(1000)).getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 1000; i++) {
            wire.send(more);
        }
        expectRefusal(wire.untilClosed());
    }

    private void bomb(Wire wire, Random random) throws IOException {
        for (int i = 0; i <= random.nextInt(3); i++) {
            Wire.Answer answer = wire.send(Wire.post("/v2/models/echo/infer", bomb, "Content-Encoding: gzip"))
                    .receive();
            expect(
                    answer.status() == 400 && answer.text().contains("exceeds the maximum allowed"),
                    "expected a refusal with a sentence",
                    answer.status() + " " + answer.text());
        }
        Wire.Answer live =
                wire.send("GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n").receive();
        expect(live.status() == 200, "expected a connection that goes on", live.text());
    }

    private static void lengthTooGreat(Wire wire, Random random) throws IOException {
        String length = random.nextBoolean() ? "100000" : "99999999999";
        expectRefusal(wire.send("POST /v2/models/echo/infer HTTP/1.1\r\nHost: x\r\nContent-Length: " + length
                        + "\r\n\r\n{\"inputs\":[]}")
                .untilClosed());
    }

    private static void lengthTooSmall(Wire wire, Random random) throws IOException {
        String length = Integer.toString(1 + random.nextInt(12)); // none at all is a tensor without elements
        expectRefusal(wire.send("POST /v2/models/echo/infer HTTP/1.1\r\nHost: x\r\nContent-Length: " + length
                        + "\r\n\r\n{\"inputs\":[]}\r\n\r\n")
                .endOutput()
                .untilClosed());
    }

    private static void lengthsInside(Wire wire, Random random) throws IOException {
        byte[] body = ("{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"INT32\",\"shape\":[1,9223372036854775807],"
                        + "\"parameters\":{\"binary_data_size\":" + random.nextLong() + "}}]}")
                .getBytes(StandardCharsets.US_ASCII);
        // Of length 0 it would be a raw request: the whole body one tensor's data.
        String inside = random.nextBoolean() ? "99999999999" : Integer.toString(1 + random.nextInt(2 * body.length));
        expectRefusal(wire.send(Wire.post("/v2/models/echo/infer", body, "Inference-Header-Content-Length: " + inside))
                .endOutput()
                .untilClosed());
    }

    private static void chunks(Wire wire, Random random) throws IOException {
        String[] damaged = {
            "zz\r\n{}\r\n", "ffffffffffffffff\r\n{", "5\r\n{}", "-1\r\n{}\r\n", "2\r\n{}}}}\r\n0\r\n\r\n"
        };
        expectRefusal(wire.send("POST /v2/models/echo/infer HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + damaged[random.nextInt(damaged.length)])
                .endOutput()
                .untilClosed());
    }

    /** The server must end it, for what it has to say is not taken. */
    private static void neverRead(Wire wire, Random random) throws IOException {
        byte[] request = Wire.infer("echo", Wire.numbers(random, 200_000), false);
        for (int i = 0; i < 50; i++) {
            wire.send(request);
        }
        throw new IllegalStateException("the server took 50 requests whose answers nobody read");
    }

    private static void nest(Wire wire, Random random) throws IOException {
        int depth = 101 + random.nextInt(100_000);
        String body = "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"INT32\",\"shape\":[1,1],\"data\":"
                + "[".repeat(depth) + "1" + "]".repeat(depth) + "}]}";
        Wire.Answer answer = wire.send(Wire.post("/v2/models/echo/infer", body.getBytes(StandardCharsets.US_ASCII)))
                .receive();
        expect(answer.status() >= 400, "expected a refusal", answer.status() + " " + answer.text());
    }
}
