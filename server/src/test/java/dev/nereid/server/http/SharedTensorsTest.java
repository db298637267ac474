package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.backend.builtin.IdentityBackend;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.observe.LogSettings;
import dev.nereid.server.observe.TraceConfig;
import dev.nereid.server.observe.TraceSettings;
import dev.nereid.server.sharedmemory.SharedMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Inference whose tensors lie in shared memory, beyond what was recorded. */
class SharedTensorsTest {
    private static final int SIZE = 8192;

    @TempDir
    private Path root;

    @TempDir
    private Path objects;

    private SharedMemory shared;
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        TestServer.writeIdentity(root, "strings", "STRING");
        TestServer.writeIdentity(root, "numbers", "INT32");
        Files.write(objects.resolve("o"), new byte[SIZE]);
        shared = SharedMemory.in(objects);
        server = TestServer.start(
                root,
                List.of(new IdentityBackend()),
                new Extensions(
                        shared, new LogSettings(LogConfig.DEFAULT, _ -> {}), new TraceSettings(TraceConfig.NONE)));
        assertThat(call("/v2/systemsharedmemory/region/r/register", "{\"key\":\"/o\",\"byte_size\":" + SIZE + "}")
                        .status())
                .isEqualTo(200);
    }

    @AfterEach
    void everythingIsGivenBack() {
        server.close();
        assertThat(server.usedBytes()).isZero();
        shared.close();
    }

    private RawClient.Answer call(String path, String body) {
        try (RawClient client = server.connect()) {
            return client.send("POST", path, body.getBytes(StandardCharsets.UTF_8))
                    .receive();
        }
    }

    private RawClient.Answer infer(String model, String inputs, String outputs) {
        return call("/v2/models/" + model + "/infer", "{\"inputs\":[" + inputs + "],\"outputs\":[" + outputs + "]}");
    }

    private static String place(long offset, long bytes) {
        return "\"parameters\":{\"shared_memory_region\":\"r\",\"shared_memory_offset\":" + offset
                + ",\"shared_memory_byte_size\":" + bytes + "}";
    }

    private static String input(String type, String shape, long offset, long bytes) {
        return "{\"name\":\"INPUT0\",\"datatype\":\"" + type + "\",\"shape\":" + shape + "," + place(offset, bytes)
                + "}";
    }

    private static String output(long offset, long bytes) {
        return "{\"name\":\"OUTPUT0\"," + place(offset, bytes) + "}";
    }

    private static byte[] wire(String... elements) {
        ByteBuffer buffer = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        for (String element : elements) {
            byte[] bytes = element.getBytes(StandardCharsets.UTF_8);
            buffer.putInt(bytes.length).put(bytes);
        }
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    private void put(long offset, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(objects.resolve("o"), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), offset);
        }
    }

    private byte[] get(int offset, int bytes) throws IOException {
        return Arrays.copyOfRange(Files.readAllBytes(objects.resolve("o")), offset, offset + bytes);
    }

    @Test
    void stringsLieThereAsInBinaryData() throws IOException {
        byte[] strings = wire("a", "", "longer");
        put(100, strings);
        RawClient.Answer answer =
                infer("strings", input("BYTES", "[1,3]", 100, strings.length), output(4096, strings.length + 10));
        assertThat(answer.text())
                .contains("{\"name\":\"OUTPUT0\",\"datatype\":\"BYTES\",\"shape\":[1,3]}")
                .doesNotContain("data\"");
        assertThat(get(4096, strings.length)).isEqualTo(strings);
    }

    @Test
    void anInputMayBeThereAndTheOutputInTheAnswer() throws IOException {
        put(0, new byte[] {1, 0, 0, 0, 2, 0, 0, 0});
        assertThat(infer("numbers", input("INT32", "[2,1]", 0, 8), "").text()).contains("\"data\":[1,2]");
    }

    @Test
    void refusesStringsThatAreNone() throws IOException {
        put(0, new byte[] {100, 0, 0, 0, 'a', 'b', 'c'});
        RawClient.Answer answer = infer("strings", input("BYTES", "[1,1]", 0, 7), "");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains("expecting string of length 100 but only 3 bytes available");
        assertThat(infer("strings", input("BYTES", "[1,1]", 0, 0), "").text())
                .contains("expected 1 string elements for inference input 'INPUT0' for model 'strings', got 0");
        assertThat(infer("strings", input("BYTES", "[1,1]", 0, SIZE), "").status())
                .isEqualTo(400);
    }

    @Test
    void copiesNothingForARequestThatDoesNotSuitTheModel() {
        String one = input("INT32", "[1,2048]", 0, SIZE);
        String many = one + ("," + one).repeat(2000);
        RawClient.Answer answer = infer("numbers", many, "");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains("input 'INPUT0' already exists in request");
        assertThat(infer("numbers", one.replace("INPUT0", "A") + "," + one.replace("INPUT0", "B"), "")
                        .text())
                .contains("expected 1 inputs but got 2 inputs");
    }

    @Test
    void refusesAPlaceThatIsTooSmallForWhatComes() throws IOException {
        byte[] strings = wire("abc");
        put(0, strings);
        RawClient.Answer answer =
                infer("strings", input("BYTES", "[1,1]", 0, strings.length), output(4096, strings.length - 1));
        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.text())
                .contains("shared memory size specified with the request for output 'OUTPUT0' (6 bytes) should be at "
                        + "least 7 bytes to hold the results");
        assertThat(get(4096, 8)).containsOnly(0);
    }

    @Test
    void anOutputIsInOnePlaceAndWhole() {
        String input = input("INT32", "[1,1]", 0, 4);
        for (String other : List.of("\"binary_data\":true", "\"classification\":1")) {
            String output = output(0, 4).replace("\"parameters\":{", "\"parameters\":{" + other + ",");
            assertThat(infer("numbers", input, output).text())
                    .contains("Output can't set both 'shared_memory_region' and '"
                            + other.substring(1, other.indexOf(':') - 1));
        }
        String python = output(0, 4).replace("\"parameters\":{", "\"parameters\":{\"binary_data\":false,");
        assertThat(infer("numbers", input, python).status()).isEqualTo(200);
    }

    @Test
    void survivesARegionThatIsTakenAway() throws IOException {
        try (FileChannel channel = FileChannel.open(objects.resolve("o"), StandardOpenOption.WRITE)) {
            channel.truncate(4096);
        }
        RawClient.Answer answer = infer("numbers", input("INT32", "[1,1]", 5000, 4), "");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).contains("shared memory region 'r' cannot be used: the file shrank to 4096 bytes");
        RawClient.Answer out = infer("numbers", input("INT32", "[1,1]", 0, 4), output(5000, 4));
        assertThat(out.status()).isEqualTo(400);
        assertThat(out.text()).contains("the file shrank");
    }

    @Test
    void namesOfRegionsAreTakenAsTheyAre() {
        for (String name : List.of("a%2fb", "..", "'", "%00", "r".repeat(2000))) {
            assertThat(call("/v2/systemsharedmemory/region/" + name + "/register", "{\"key\":\"/o\",\"byte_size\":1}")
                            .status())
                    .as(name)
                    .isEqualTo(200);
            assertThat(shared.region(name).key()).isEqualTo("/o");
        }
    }
}
