package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.RequestOrigin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Traffic documents beside config.pbtxt: when they are read, and what becomes of requests meanwhile. */
class TrafficDocumentTest {
    private static final String ALL =
            TestRepository.IDENTITY.replace("\"identity\"", "\"fake\"") + "version_policy { all { } }\n";

    private static final InferResponse NOTHING = new InferResponse("", "", "", Map.of(), List.of(), () -> {});

    @TempDir
    private Path root;

    private final FakeBackend backend = new FakeBackend();
    private ModelRepository repository;

    @BeforeEach
    void start() {
        TestRepository.write(root, "m", ALL, 1, 2);
        repository = TestRepository.start(TestRepository.config(ControlMode.POLL, root), backend);
    }

    @AfterEach
    void stop() {
        TestRepository.close(repository);
    }

    private void put(String document) {
        try {
            Files.writeString(root.resolve("m/traffic.json"), document);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        repository.poll();
    }

    private long version(String asked) {
        InferRequest request = TestRepository.request("m", asked);
        Model model = repository.route(repository.find("m", asked), request, RequestOrigin.NONE);
        try (InferResponse response = TestRepository.infer(model, request).join()) {
            return Long.parseLong(response.modelVersion());
        }
    }

    @Test
    void aDocumentThatComesChangesAndGoesIsFollowedWithoutALoad() throws IOException {
        assertThat(version("")).isEqualTo(2);
        put("{\"labels\": {\"stable\": 1, \"canary\": 2}, \"default\": \"stable\"}");

        assertThat(version("")).isEqualTo(1);
        assertThat(version("canary")).isEqualTo(2);
        assertThat(version("stable")).isEqualTo(1);
        assertThat(version("2")).isEqualTo(2);
        put("{\"labels\": {\"stable\": 2}}");
        assertThat(version("")).isEqualTo(2);
        assertThat(version("stable")).isEqualTo(2);
        Files.delete(root.resolve("m/traffic.json"));
        repository.poll();
        assertThat(version("")).isEqualTo(2);
        assertThatThrownBy(() -> repository.find("m", "stable"))
                .isInstanceOf(InferException.class)
                .hasMessageContaining("failed to get model version");
        assertThat(backend.loads).hasValue(2);
    }

    @Test
    void aBadDocumentLeavesTheOneBeforeInForce() {
        put("{\"labels\": {\"stable\": 1}, \"default\": \"stable\"}");
        put("{\"labels\": {\"stable\": 7}, \"default\": \"stable\"}");

        assertThat(version("")).isEqualTo(1);
        assertThatThrownBy(() -> repository.find("m", "canary"))
                .isInstanceOf(InferException.class)
                .hasMessage("model 'm' has no version label 'canary'; its labels are stable");
    }

    @Test
    void aDocumentAndItsVersionMayComeTogether() throws IOException {
        put("{\"labels\": {\"stable\": 2, \"canary\": 3}, \"default\": \"stable\"}");
        assertThat(version("")).isEqualTo(2);
        Files.createDirectories(root.resolve("m/3"));
        repository.poll();

        assertThat(version("")).isEqualTo(2);
        assertThat(version("canary")).isEqualTo(3);
    }

    @Test
    void aVersionThatGoesLeavesItsTrafficToTheRest() throws IOException {
        put("{\"split\": [{\"to\": 1, \"weight\": 1}, {\"to\": 2, \"weight\": 1}]}");
        Files.delete(root.resolve("m/2"));
        repository.poll();

        for (int i = 0; i < 20; i++) {
            assertThat(version("")).isEqualTo(1);
        }
    }

    @Test
    void aDocumentInTheConfigIsTakenWhereThereIsNoFile() throws IOException {
        String config = ALL + "parameters { key: \"nereid.traffic\" value { string_value: '{\"default\": 1}' } }\n";
        TestRepository.write(root, "m", config, 1, 2);
        Files.setLastModifiedTime(root.resolve("m/config.pbtxt"), FileTime.fromMillis(0));
        repository.poll();
        assertThat(version("")).isEqualTo(1);
        put("{\"default\": 2}");

        assertThat(version("")).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "EXPLICIT"})
    void aChangedDocumentIsReadWherePollingIsOff(ControlMode mode) throws IOException {
        TestRepository.close(repository);
        repository = TestRepository.start(TestRepository.config(mode, root), backend);
        assertThat(version("")).isEqualTo(2);
        Files.writeString(root.resolve("m/traffic.json"), "{\"default\": 1}");
        repository.rereadTraffic();
        assertThat(version("")).isEqualTo(1);
        Files.delete(root.resolve("m/traffic.json"));
        repository.rereadTraffic();

        assertThat(version("")).isEqualTo(2);
    }

    @Test
    void aDocumentThatIsTooLongIsRefused() {
        put("{\"default\": 1}");
        put("{\"default\": 2}" + " ".repeat(1 << 20));

        assertThat(version("")).isEqualTo(1);
    }

    @Test
    void aRequestIsClosedWhenItCannotBeRouted() {
        put("{\"rules\": [{\"match\": {\"header\": {\"a\": \"b\"}}, \"to\": 1}]}");
        AtomicBoolean closed = new AtomicBoolean();
        InferRequest request = new InferRequest(
                InferRequest.Header.of("m", "", ""), List.of(), List.of(), List.of(() -> closed.set(true)), 0);
        RequestOrigin failing = new RequestOrigin() {
            @Override
            public Optional<String> header(String name) {
                throw new IllegalStateException(name);
            }

            @Override
            public Optional<String> principal() {
                return Optional.empty();
            }
        };

        assertThatThrownBy(() -> repository.route(repository.find("m", ""), request, failing))
                .isInstanceOf(IllegalStateException.class);
        assertThat(closed).isTrue();
    }

    @Test
    void aVersionThatFailsLosesItsTraffic() {
        backend.failing = Set.of("2");
        put("""
                {"split": [{"to": 1, "weight": 1}, {"to": 2, "weight": 1}],
                 "rollback": {"watch": 2, "to": 1, "window_s": 1, "min_requests": 5, "max_error_rate": 0.5}}""");
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (repository.traffic("m").rollback().orElseThrow().reason().isEmpty()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            InferRequest request = TestRepository.request("m", "");
            Model model = repository.route(repository.find("m", ""), request, RequestOrigin.NONE);
            try (InferResponse response = TestRepository.infer(model, request)
                    .exceptionally(_ -> NOTHING)
                    .join()) {
                assertThat(response.modelVersion()).isIn("1", "");
            }
        }
        for (int i = 0; i < 50; i++) {
            assertThat(version("")).isEqualTo(1);
        }
    }

    @Test
    void requestsSeeTheOldTableOrTheNewOneAndNothingBetween() {
        put("{\"default\": 1, \"labels\": {\"stable\": 1}}");
        AtomicBoolean done = new AtomicBoolean();
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            clients.add(CompletableFuture.runAsync(
                    () -> {
                        while (!done.get()) {
                            assertThat(version("")).isEqualTo(1);
                            assertThat(version("stable")).isIn(1L, 2L);
                        }
                    },
                    task -> Thread.ofPlatform().start(task)));
        }
        for (int i = 0; i < 40; i++) {
            int label = 1 + i % 2;
            put("{\"default\": 1, \"labels\": {\"stable\": " + label + "}}");
            put("{\"default\": 1, \"labels\": {\"stable\": 9}}");
            if (clients.stream().anyMatch(CompletableFuture::isCompletedExceptionally)) {
                break;
            }
        }
        done.set(true);
        clients.forEach(CompletableFuture::join);
    }
}
