package dev.nereid.server.repository;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Models with any config.pbtxt, loaded under Jazzer, which looks for inputs that reach new code. An ordinary build runs the
 * kept inputs only; {@code JAZZER_FUZZ=1} with {@code -Dtest=ModelConfigJazzerTest} searches.
 */
class ModelConfigJazzerTest {
    @TempDir
    private static Path root;

    private static ModelRepository repository;

    static Stream<byte[]> configs() {
        return ModelConfigFuzzTest.SEEDS.stream().map(seed -> seed.getBytes(StandardCharsets.UTF_8));
    }

    @BeforeAll
    static void start() throws IOException {
        ModelConfigFuzzTest.writeModels(root);
        Files.writeString(root.resolve("f").resolve("config.pbtxt"), FakeBackend.CONFIG);
        repository = TestRepository.start(
                RepositoryConfig.of(root).withMode(ControlMode.EXPLICIT, List.of()), new FakeBackend());
    }

    @AfterAll
    static void stop() {
        TestRepository.close(repository);
    }

    @MethodSource("configs")
    @FuzzTest(maxDuration = "10m")
    void loadsOrRefusesAnyConfig(byte[] config) {
        ModelConfigFuzzTest.isLoaded(repository, root, new String(config, StandardCharsets.UTF_8));
    }
}
