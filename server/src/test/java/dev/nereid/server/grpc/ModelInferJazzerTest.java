package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.MessageLite;
import dev.nereid.memory.SlabPool;
import dev.nereid.server.repository.ModelRepository;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Messages of gRPC under Jazzer, which looks for inputs that reach new code. An ordinary build runs the kept inputs only;
 * {@code JAZZER_FUZZ=1} with {@code -Dtest=ModelInferJazzerTest} searches.
 */
class ModelInferJazzerTest {
    @TempDir
    private static Path root;

    private static final SlabPool MEMORY = new SlabPool(1 << 20);

    private static ModelRepository repository;

    static Stream<byte[]> messages() {
        return HostileRequestsTest.honestRequests().stream().map(MessageLite::toByteArray);
    }

    @BeforeAll
    static void start() throws IOException {
        repository = IdentityModels.start(root);
    }

    @AfterAll
    static void stop() {
        repository.close(Duration.ofSeconds(10));
        MEMORY.close();
    }

    @MethodSource("messages")
    @FuzzTest(maxDuration = "10m")
    void answersOrRefusesAnyMessage(byte[] message) {
        HostileRequestsTest.isTaken(repository, MEMORY, message);
        assertThat(MEMORY.usedBytes()).isZero();
    }
}
