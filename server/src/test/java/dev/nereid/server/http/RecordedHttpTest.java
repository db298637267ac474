package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.IdentityBackend;
import dev.nereid.server.backend.PlanBackend;
import dev.nereid.server.statement.Statement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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

    @Test
    void answersIdentityModelsAsRecorded() throws IOException {
        compare(Set.of("identity_"), "identity_", 30, new IdentityBackend());
    }

    @Test
    @Statement({56, 57, 64, 67})
    void answersSequenceModelsAsRecorded() throws IOException {
        compare(Set.of("seq"), "seq", 20, new PlanBackend(KernelSet.scalar(), new WorkerPool(1)));
    }

    @Test
    @Statement(96)
    void answersAnEnsembleAsRecorded() throws IOException {
        compare(
                Set.of("ens", "onnx_identity_fp32", "simple_fp32"),
                "ens",
                4,
                new PlanBackend(KernelSet.scalar(), new WorkerPool(1)));
    }

    /** Sends what was recorded of the models whose names begin like {@code models}, in order; loads those of {@code loaded}. */
    private void compare(Set<String> loaded, String models, int atLeast, Backend backend) throws IOException {
        String data = System.getenv("NEREID_TEST_DATA");
        if (data == null) {
            System.out.println("skipped: NEREID_TEST_DATA names no folder with recorded answers");
            return;
        }
        Path golden = Path.of(data, "triton-golden");
        copyModels(golden.resolve("models"), loaded);
        List<String> differences = new ArrayList<>();
        int compared = 0;
        try (TestServer server = TestServer.start(root, List.of(backend));
                Stream<Path> cases = Files.list(golden.resolve("http"))) {
            for (Path exchange : cases.sorted().toList()) {
                String name = String.valueOf(exchange.getFileName());
                byte[] request = Files.readAllBytes(exchange.resolve("request.http"));
                if (!isFor(models, request) || OTHER_SUBJECTS.contains(name)) {
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
        assertThat(compared).isGreaterThan(atLeast);
        assertThat(differences).isEmpty();
    }

    private void copyModels(Path from, Set<String> loaded) throws IOException {
        try (Stream<Path> folders = Files.list(from)) {
            for (Path folder : folders.toList()) {
                String name = String.valueOf(folder.getFileName());
                if (loaded.stream().anyMatch(name::startsWith)) {
                    TestServer.write(root, name, Files.readString(folder.resolve("config.pbtxt")));
                    if (Files.exists(folder.resolve("labels.txt"))) {
                        Files.copy(
                                folder.resolve("labels.txt"), root.resolve(name).resolve("labels.txt"));
                    }
                    if (Files.exists(folder.resolve("1/model.onnx"))) {
                        Files.copy(
                                folder.resolve("1/model.onnx"),
                                root.resolve(name).resolve("1/model.onnx"));
                    }
                }
            }
        }
    }

    private static boolean isFor(String models, byte[] request) {
        String line = new String(request, StandardCharsets.ISO_8859_1).split("\r\n", 2)[0];
        return line.contains("/v2/models/" + models)
                && (line.contains("/infer ") || line.startsWith("GET "))
                && (!line.contains("/config") || models.equals("ens"))
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
        return normal(head.split("\r\n", -1)[0], type, text.substring(end + 4).getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Status line, type and body; a body that is one JSON document in the form that the library prints. */
    private static String normal(String statusLine, String type, byte[] body) {
        String text = new String(body, StandardCharsets.ISO_8859_1);
        if (type.equals("application/octet-stream")) {
            return statusLine + " " + type + " " + text;
        }
        try {
            return statusLine + " " + type + " " + JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
