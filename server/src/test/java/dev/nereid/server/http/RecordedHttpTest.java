package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.memory.SlabPool;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BuiltInBackends;
import dev.nereid.server.backend.IdentityBackend;
import dev.nereid.server.backend.PlanBackend;
import dev.nereid.server.backend.RepeatBackend;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.observe.LogSettings;
import dev.nereid.server.observe.TraceConfig;
import dev.nereid.server.observe.TraceSettings;
import dev.nereid.server.sharedmemory.SharedMemory;
import dev.nereid.server.statement.Statement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sends the requests that were recorded at a real Triton to models of the identity backend and to sequence models, byte
 * by byte, and compares status, content type and body.
 */
class RecordedHttpTest {
    /** Here the recording server had more than this front: a cache, a delay, a pause, another order of checks. */
    private static final Set<String> OTHER_SUBJECTS = Set.of(
            "226_cache_1",
            "227_cache_2",
            "224_timeout_expired_in_queue",
            "225_queue_full",
            "253_seq_after_idle",
            "172_bytes_bin_corrupt_len");

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    @TempDir
    Path root;

    @TempDir
    Path objects;

    /** The cases of the extensions beyond inference, by parts of their names. */
    private static final List<String> EXTENSIONS = List.of("_shm_", "cudashm", "_trace_", "_log_", "_gen_");

    /** What they are about. */
    private static final Set<String> EXTENDED_MODELS =
            Set.of("simple", "simple_fp32", "gen_string", "repeat_int32", "identity_fp32");

    private final SlabPool memory = new SlabPool(0);

    @Test
    void answersIdentityModelsAsRecorded() throws IOException {
        compare("identity_", 30, new IdentityBackend());
    }

    @Test
    @Statement({56, 57, 64, 67})
    void answersSequenceModelsAsRecorded() throws IOException {
        compare("seq", 20, new PlanBackend(KernelSet.scalar(), new WorkerPool(1)));
    }

    @Test
    @Statement(158)
    void refusesPlainInferenceOfDecoupledModelsAsRecorded() throws IOException {
        compare("repeat_", 0, new RepeatBackend(memory));
    }

    /** Shared memory, generate, log and trace settings. */
    @Test
    void answersExtensionsAsRecorded() throws IOException {
        ByteBuffer object = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 16; i++) {
            object.putInt(i);
        }
        for (int i = 0; i < 16; i++) {
            object.putInt(1);
        }
        Files.write(objects.resolve("tr_shm0"), object.array());
        try (SharedMemory shared = SharedMemory.in(objects)) {
            Extensions extensions = new Extensions(
                    shared,
                    new LogSettings(LogConfig.DEFAULT, _ -> {}),
                    new TraceSettings(new TraceConfig(TraceConfig.TRITON, "/var/log/trace.json", Map.of(), Map.of())));
            List<Backend> backends = new ArrayList<>(BuiltInBackends.all(memory));
            backends.add(new PlanBackend(KernelSet.scalar(), new WorkerPool(1)));
            compare(
                    EXTENDED_MODELS::contains,
                    (name, _) -> EXTENSIONS.stream().anyMatch(name::contains),
                    78,
                    backends,
                    extensions);
        }
        assertThat(memory.usedBytes()).isZero();
    }

    /** Sends what was recorded of the models whose names begin like that, in order. */
    private void compare(String models, int moreThan, Backend backend) throws IOException {
        compare(
                name -> name.startsWith(models),
                (_, request) -> isFor(models, request),
                moreThan,
                List.of(backend),
                Extensions.none());
    }

    /** Sends some of the recorded cases, in order, to a server over some of the recorded models. */
    private void compare(
            Predicate<String> models,
            BiPredicate<String, byte[]> cases,
            int moreThan,
            List<Backend> backends,
            Extensions extensions)
            throws IOException {
        String data = System.getenv("NEREID_TEST_DATA");
        if (data == null) {
            System.out.println("skipped: NEREID_TEST_DATA names no folder with recorded answers");
            return;
        }
        Path golden = Path.of(data, "triton-golden");
        copyModels(golden.resolve("models"), models);
        List<String> differences = new ArrayList<>();
        int compared = 0;
        try (TestServer server = TestServer.start(root, backends, extensions);
                Stream<Path> folders = Files.list(golden.resolve("http"))) {
            for (Path exchange : folders.sorted().toList()) {
                String name = String.valueOf(exchange.getFileName());
                byte[] request = Files.readAllBytes(exchange.resolve("request.http"));
                if (!cases.test(name, request) || OTHER_SUBJECTS.contains(name)) {
                    continue;
                }
                compared++;
                String expected = normal(Files.readAllBytes(exchange.resolve("response.http")));
                String actual = answer(server, request);
                if (!actual.equals(expected)) {
                    differences.add(name + "\n  expected " + expected + "\n  but got  " + actual);
                }
            }
        }
        assertThat(compared).isGreaterThan(moreThan);
        assertThat(differences).isEmpty();
    }

    private void copyModels(Path from, Predicate<String> models) throws IOException {
        try (Stream<Path> folders = Files.list(from)) {
            for (Path folder : folders.toList()) {
                String name = String.valueOf(folder.getFileName());
                if (models.test(name)) {
                    TestServer.write(root, name, Files.readString(folder.resolve("config.pbtxt")));
                    copy(folder, root.resolve(name), "1/model.onnx");
                    copy(folder, root.resolve(name), "labels.txt");
                }
            }
        }
    }

    private static void copy(Path from, Path to, String file) throws IOException {
        if (Files.exists(from.resolve(file))) {
            Files.copy(from.resolve(file), to.resolve(file));
        }
    }

    private static boolean isFor(String models, byte[] request) {
        String line = new String(request, StandardCharsets.ISO_8859_1).split("\r\n", 2)[0];
        return line.contains("/v2/models/" + models)
                && (line.contains("/infer ") || line.startsWith("GET "))
                && !line.contains("/config")
                && !line.contains("/stats");
    }

    private static String answer(TestServer server, byte[] request) {
        try (RawClient client = server.connect()) {
            RawClient.Answer answer = client.send(request).receive();
            return normal(answer.statusLine(), answer.header("content-type"), answer.body());
        }
    }

    private static String normal(byte[] response) {
        String text = new String(response, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        String head = text.substring(0, end);
        String type = "";
        for (String line : head.split("\r\n", -1)) {
            if (line.startsWith("Content-Type: ")) {
                type = line.substring("Content-Type: ".length());
            }
        }
        String body = text.substring(end + 4);
        if (head.contains("Transfer-Encoding: chunked")) {
            body = joined(body);
        }
        return normal(head.split("\r\n", -1)[0], type, body.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** The content of chunks. */
    private static String joined(String chunks) {
        StringBuilder body = new StringBuilder();
        int position = 0;
        while (true) {
            int end = chunks.indexOf("\r\n", position);
            int size = Integer.parseInt(chunks.substring(position, end), 16);
            if (size == 0) {
                return body.toString();
            }
            body.append(chunks, end + 2, end + 2 + size);
            position = end + 2 + size + 2;
        }
    }

    /** Status line, type and body; a body that is one JSON document in the form that the library prints. */
    private static String normal(String statusLine, String type, byte[] body) {
        String text = new String(body, StandardCharsets.ISO_8859_1);
        if (type.equals("application/octet-stream") || type.startsWith("text/event-stream")) {
            return statusLine + " " + type + " " + text;
        }
        try {
            return statusLine + " " + type + " " + JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
