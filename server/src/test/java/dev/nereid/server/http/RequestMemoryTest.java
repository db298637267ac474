package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.memory.MemoryBudget;
import dev.nereid.server.http.connection.Compression;
import dev.nereid.server.protocol.RequestBudget;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that have four MiB of the heap and eight of native memory together. */
@Tag("found-4")
class RequestMemoryTest {
    private static final int MIB = 1 << 20;
    private static final String INFER = "/v2/models/m/infer";
    private static final String TEXTS = "/v2/models/texts/infer";
    private static final String RAW = "Inference-Header-Content-Length: 0";
    private static final byte[] SMALL =
            bytes("{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1,2],\"data\":[1,2]}]}");

    private final RequestBudget heap = RequestBudget.ofHeap(4 * MIB);
    private final MemoryBudget tensors = MemoryBudget.of(8 * MIB);

    @TempDir
    private Path root;

    private TestServer server;

    @BeforeEach
    void start() {
        TestServer.writeIdentity(root, "m", "FP32");
        TestServer.writeIdentity(root, "texts", "STRING");
        server = TestServer.start(root, heap, tensors);
    }

    @AfterEach
    void nothingIsLeft() {
        await(() -> heap.used() == 0 && server.usedBytes() == 0);
        assertThat(tensors.used()).isZero();
        server.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** A request in JSON of that many bytes. */
    private static byte[] json(int bytes) {
        byte[] body = new byte[bytes];
        Arrays.fill(body, (byte) ' ');
        System.arraycopy(SMALL, 0, body, 0, SMALL.length);
        return body;
    }

    private RawClient.Answer ask(String target, byte[] body, String... headers) {
        try (RawClient client = server.connect()) {
            return client.send("POST", target, body, headers).receive();
        }
    }

    private static RawClient begin(RawClient client, byte[] body, String headers) {
        return client.send("POST " + INFER + " HTTP/1.1\r\nHost: x\r\n" + headers + "Content-Length: " + body.length
                        + "\r\n\r\n")
                .send(Arrays.copyOf(body, MIB));
    }

    @Test
    void aDocumentThatDoesNotFitBesideOthersIsRefusedForNow() {
        byte[] large = json(3 * MIB);
        try (RawClient slow = begin(server.connect(), large, "")) {
            await(() -> heap.used() >= 3 * MIB);

            RawClient.Answer refused = ask(INFER, json(2 * MIB));
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("retry-after")).isEqualTo("1");
            assertThat(refused.text())
                    .contains("needs at least 2097152 bytes of the Java heap, and of the 4194304 bytes that requests "
                            + "may have");
            assertThat(ask(INFER, SMALL).status()).as("a small one beside it").isEqualTo(200);

            assertThat(slow.send(Arrays.copyOfRange(large, MIB, large.length))
                            .receive()
                            .status())
                    .as("the one that was there first")
                    .isEqualTo(200);
        }
        assertThat(ask(INFER, json(2 * MIB)).status()).isEqualTo(200);
    }

    /** A claim without bytes is nothing that others have to wait for. */
    @Test
    void aLengthThatIsOnlyClaimedTakesNothing() {
        try (RawClient silent = server.connect()) {
            silent.send("POST " + INFER + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + 3 * MIB + "\r\n\r\n ");
            assertThat(ask(INFER, json(3 * MIB)).status()).isEqualTo(200);
        }
    }

    @Test
    void aDocumentThatCouldNeverFitIsToldSo() {
        RawClient.Answer answer = ask(INFER, json(5 * MIB));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.header("retry-after")).isEmpty();
        assertThat(answer.text())
                .contains("of which one request may have 3932160")
                .contains("-Xmx");
    }

    @Test
    void documentsOfUnknownLengthAreCountedAsTheyCome() {
        byte[] bomb = Compression.GZIP.apply(
                stream -> stream.write(json(5 * MIB)), RequestBudget.unlimited().open());
        RawClient.Answer inflated = ask(INFER, bomb, "Content-Encoding: gzip");
        assertThat(inflated.status()).isEqualTo(400);
        assertThat(inflated.text()).contains("of which one request may have");
        await(() -> heap.used() == 0); // the client has its answer a moment before the request gives its memory back
        try (RawClient client = server.connect()) {
            client.send("POST " + INFER + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + Integer.toHexString(5 * MIB) + "\r\n")
                    .send(json(5 * MIB))
                    .send("\r\n0\r\n\r\n");
            assertThat(client.receive().status()).isEqualTo(400);
        }
    }

    /** Three bytes each, and more than forty on the heap. */
    @Test
    void elementsOfBytesCountWithTheirObjects() {
        int count = 200_000;
        String data = "\"\",".repeat(count - 1) + "\"\"";
        RawClient.Answer answer = ask(
                TEXTS,
                bytes("{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"BYTES\",\"shape\":[1," + count + "],\"data\":["
                        + data + "]}]}"));
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.text()).contains("of which one request may have");

        RawClient.Answer binary = ask(TEXTS, new byte[4 * count], RAW);
        assertThat(binary.status()).isEqualTo(400);
    }

    @Test
    void inputsAndOutputsCountWithTheirObjects() {
        String output = "{\"name\":\"O\"},";
        RawClient.Answer answer =
                ask(INFER, bytes("{\"inputs\":[],\"outputs\":[" + output.repeat(100_000) + "{\"name\":\"O\"}]}"));
        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
    }

    @Test
    void anAnswerThatDoesNotFitIsAnError() {
        RawClient.Answer answer = ask(
                "/v2/models/m/infer",
                withBinary(2 * MIB, "\"outputs\":[{\"name\":\"OUTPUT0\"}]"),
                "Inference-Header-Content-Length: " + headBytes(2 * MIB, "\"outputs\":[{\"name\":\"OUTPUT0\"}]"));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains("of which one request may have");
    }

    private static String head(int bytes, String members) {
        return "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[1," + bytes / 4
                + "],\"parameters\":{\"binary_data_size\":" + bytes + "}}]," + members + "}";
    }

    private static int headBytes(int bytes, String members) {
        return head(bytes, members).length();
    }

    private static byte[] withBinary(int bytes, String members) {
        byte[] head = bytes(head(bytes, members));
        return Arrays.copyOf(head, head.length + bytes);
    }

    @Test
    void tensorsThatDoNotFitBesideOthersAreRefusedForNow() {
        String binary = "\"outputs\":[{\"name\":\"OUTPUT0\",\"parameters\":{\"binary_data\":true}}]";
        byte[] large = withBinary(3 * MIB, binary);
        String header = "Inference-Header-Content-Length: " + headBytes(3 * MIB, binary);
        try (RawClient slow = begin(server.connect(), large, header + "\r\n")) {
            await(() -> tensors.used() >= 4 * MIB);

            RawClient.Answer refused = ask(
                    INFER,
                    withBinary(4 * MIB, binary),
                    "Inference-Header-Content-Length: " + headBytes(4 * MIB, binary));
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("retry-after")).isEqualTo("1");
            assertThat(refused.text()).contains("4194304 bytes of native memory were asked for");
            assertThat(ask(INFER, SMALL).status()).isEqualTo(200);

            RawClient.Answer answer =
                    slow.send(Arrays.copyOfRange(large, MIB, large.length)).receive();
            assertThat(answer.status()).isEqualTo(200);
        }
    }

    @Test
    void tensorsThatCouldNeverFitAreToldSo() {
        RawClient.Answer answer = ask(INFER, new byte[16 * MIB], RAW);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains("--request-memory-limit");
    }
}
