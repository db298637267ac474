package dev.nereid.server.torchserve.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.torchserve.TorchServeException;
import dev.nereid.server.torchserve.handler.RequestPart;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Forms that are whole are read as they were written; damaged ones are read or refused, and nothing else. */
class RequestPartsFuzzTest {
    private static final Duration TIME =
            Duration.ofSeconds(Long.getLong("nereid.test.fuzz.seconds", 2)).dividedBy(2);
    private static final long SEED = Long.getLong("nereid.test.fuzz.seed", 20_261_202);
    private static final int FEWEST_CASES = 2000;
    private static final List<String> BOUNDARIES = List.of("X", "--", "a b", "----WebKitFormBoundary7", "\\");
    private static final List<String> PIECES = List.of(
            "\r\n",
            "\n",
            "--",
            "--X",
            "--X--",
            "\r\n--X\r\n",
            "Content-Disposition: form-data; name=\"a\"",
            "Content-Disposition: form-data; name=a; filename=\"b\\\"\"",
            "Content-Disposition: form-data; name*=\"",
            "Content-Type: application/json",
            ":",
            ";",
            "=",
            "\"",
            "%",
            "%4",
            "%00",
            "&",
            "a=b&",
            "\u0000",
            " ");

    @Test
    void wholeFormsAreReadAsTheyWereWritten() {
        Random random = new Random(SEED);
        long end = System.nanoTime() + TIME.toNanos();
        for (int cases = 0; cases < FEWEST_CASES || System.nanoTime() < end; cases++) {
            String boundary = BOUNDARIES.get(random.nextInt(BOUNDARIES.size())) + random.nextInt(100);
            Map<String, byte[]> parts = new LinkedHashMap<>();
            for (int i = random.nextInt(6); i >= 0; i--) {
                parts.put("part " + random.nextInt(9), content(random, boundary));
            }
            byte[] body = multipart(parts, boundary);
            Map<String, RequestPart> read =
                    RequestParts.read("multipart/form-data; boundary=\"" + boundary.replace("\\", "\\") + "\"", body);
            assertThat(read.keySet()).as("seed %s, case %s", SEED, cases).isEqualTo(parts.keySet());
            parts.forEach((name, bytes) -> assertThat(read.get(name))
                    .isNotNull()
                    .extracting(RequestPart::bytes)
                    .isEqualTo(bytes));
        }
    }

    /** Anything but the delimiter, often parts of it. */
    private static byte[] content(Random random, String boundary) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (int i = random.nextInt(8); i > 0; i--) {
            switch (random.nextInt(5)) {
                case 0 -> content.writeBytes("\r\n--".getBytes(StandardCharsets.ISO_8859_1));
                case 1 -> content.writeBytes("\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
                case 2 ->
                    content.writeBytes(("\r\n--" + boundary.substring(0, boundary.length() - 1) + "\n")
                            .getBytes(StandardCharsets.ISO_8859_1));
                default -> {
                    byte[] bytes = new byte[random.nextInt(200)];
                    random.nextBytes(bytes);
                    content.writeBytes(bytes);
                }
            }
        }
        String text = content.toString(StandardCharsets.ISO_8859_1);
        return text.contains("\r\n--" + boundary) ? new byte[0] : content.toByteArray();
    }

    private static byte[] multipart(Map<String, byte[]> parts, String boundary) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        parts.forEach((name, bytes) -> {
            body.writeBytes(("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name
                            + "\"; filename=\"f\"\r\nContent-Type: image/png\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
            body.writeBytes(bytes);
            body.writeBytes("\r\n".getBytes(StandardCharsets.ISO_8859_1));
        });
        body.writeBytes(("--" + boundary + "--\r\n").getBytes(StandardCharsets.ISO_8859_1));
        return body.toByteArray();
    }

    @Test
    void damagedFormsAreReadOrRefused() {
        Random random = new Random(SEED);
        long end = System.nanoTime() + TIME.toNanos();
        int refused = 0;
        int read = 0;
        for (int cases = 0; cases < FEWEST_CASES || System.nanoTime() < end; cases++) {
            boolean multipart = random.nextInt(4) > 0;
            byte[] body = random.nextBoolean() ? damaged(random) : pieces(random);
            String type = multipart
                    ? "multipart/form-data"
                            + List.of("; boundary=X", ";boundary=\"X\"", "; boundary=", "", "; boundary=\"X")
                                    .get(random.nextInt(5))
                    : "application/x-www-form-urlencoded";
            try {
                Map<String, RequestPart> parts = RequestParts.read(type, body);
                assertThat(parts.values().stream()
                                .mapToLong(part -> part.bytes().length)
                                .sum())
                        .as("seed %s, case %s", SEED, cases)
                        .isLessThanOrEqualTo(body.length);
                read++;
            } catch (TorchServeException e) {
                assertThat(e.kind().status())
                        .as("seed %s, case %s", SEED, cases)
                        .isEqualTo(400);
                refused++;
            }
        }
        assertThat(read).isPositive();
        assertThat(refused).isPositive();
    }

    private static byte[] damaged(Random random) {
        byte[] body =
                multipart(Map.of("data", "some bytes".getBytes(StandardCharsets.ISO_8859_1), "b", new byte[3]), "X");
        for (int i = random.nextInt(4); i > 0; i--) {
            body[random.nextInt(body.length)] = (byte) random.nextInt();
        }
        int length = random.nextInt(3) == 0 ? random.nextInt(body.length + 1) : body.length;
        return Arrays.copyOf(body, length);
    }

    private static byte[] pieces(Random random) {
        StringBuilder body = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            body.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return body.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
