package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A load that fails says why, to the client that asked for it and in the repository index. */
@Tag("found-29")
class LoadReasonsTest {
    private static final String CONFIG = TestRepository.IDENTITY;
    private static final String NEGATIVE = "'max_batch_size' must be non-negative value for m";

    @TempDir
    Path root;

    private ModelRepository repository;

    @BeforeEach
    void start() {
        TestRepository.write(root, "m", CONFIG, 1);
        repository = TestRepository.start(
                RepositoryConfig.of(root).withMode(ControlMode.EXPLICIT, List.of()), new FakeBackend());
    }

    @AfterEach
    void close() {
        TestRepository.close(repository);
    }

    private void assertNotLoaded(String reason, String config) {
        assertThatThrownBy(() -> repository.load("m", new LoadParameters(config, Map.of())))
                .isInstanceOf(InferException.class)
                .hasMessage("failed to load 'm', failed to poll from model repository: " + reason);
    }

    @Test
    void aConfigOfTheClientThatCannotBeUsed() {
        assertNotLoaded(NEGATIVE, "{\"backend\":\"identity\",\"max_batch_size\":-1}");
        assertThat(repository.index(false)).containsExactly(new IndexEntry("m", "", "UNAVAILABLE", NEGATIVE));
        repository.load("m", LoadParameters.NONE);
        assertThat(repository.index(false)).containsExactly(new IndexEntry("m", "1", "READY", ""));
    }

    @Test
    void aModelThatServesOnShowsWhyItsSuccessorDoesNot() {
        repository.load("m", LoadParameters.NONE);
        TestRepository.write(root, "m", CONFIG.replace("size: 8", "size: -1"), 1);
        assertNotLoaded(NEGATIVE, "");
        assertThat(repository.index(true))
                .containsExactly(
                        new IndexEntry("m", "1", "READY", "the newest load failed, an older one serves: " + NEGATIVE));
        TestRepository.write(root, "m", CONFIG.replace("identity", "nobody"), 1);
        assertThatThrownBy(() -> repository.load("m", LoadParameters.NONE))
                .hasMessageContaining("unable to find backend library for backend 'nobody'");
        assertThat(repository.index(true).getFirst().reason())
                .startsWith(
                        "the newest load failed, an older one serves: Invalid argument: unable to find backend library");
        TestRepository.write(root, "m", CONFIG, 1);
        repository.load("m", LoadParameters.NONE);
        assertThat(repository.index(true)).containsExactly(new IndexEntry("m", "1", "READY", ""));
    }
}
