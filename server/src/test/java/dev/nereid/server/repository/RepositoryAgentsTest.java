package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.CapturedLog;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.builtin.IdentityBackend;
import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The agent {@code checksum}, as in Triton's suite L0_repoagent_checksum, and agents that there are not. */
@SuppressWarnings("NullAway.Init") // every test starts a repository
class RepositoryAgentsTest {
    /** Of {@code abc}, as RFC 1321 has it. */
    private static final String ABC = "900150983cd24fb0d6963f7d28e17f72";

    @TempDir
    Path root;

    private ModelRepository repository;

    @AfterEach
    void close() {
        repository.close(Duration.ofSeconds(5));
    }

    private void write(String agents) throws IOException {
        TestRepository.write(root, "m", TestRepository.IDENTITY + agents, 1);
        Files.writeString(root.resolve("m/1/weights"), "abc");
    }

    private static String checksum(String key, String value) {
        return "model_repository_agents { agents [ { name: 'checksum' parameters { key: '%s' value: '%s' } } ] }"
                .formatted(key, value);
    }

    /** What became of the model when the server started. */
    private String failure(String agents) throws IOException {
        write(agents);
        repository = ModelRepository.start(
                TestRepository.config(ControlMode.NONE, root), new Backends(List.of(new IdentityBackend())));
        return String.join("\n", repository.startup().join());
    }

    @Test
    void aModelWhoseFilesAreAsItsConfigSaysIsLoaded() throws IOException {
        assertThat(failure(checksum("md5:1/weights", ABC))).isEmpty();
        assertThat(repository.isReady("m", "1")).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "MD5:1/weights | invalid_checksum | Mismatched MD5 hash for file 1/weights, expect: invalid_checksum, got: "
                        + ABC,
                "MD5:1/absent | x | failed to open text file for read 1/absent: No such file or directory",
                "SHA256:1/weights | x | Unsupported checksum algorithm: SHA256",
                "1/weights | x | failed to parse key: 1/weights"
            })
    void anyOtherIsNot(String key, String value, String text) throws IOException {
        try (CapturedLog log = CapturedLog.of(RequestedLoads.class)) {
            assertThat(failure(checksum(key, value))).isEqualTo("failed to load 'm': " + text);
            assertThat(log.lines()).contains("Poll failed for model directory 'm': " + text);
        }
        assertThat(repository.index(false)).extracting(IndexEntry::name).containsExactly("m");
        assertThat(repository.index(true)).isEmpty();
    }

    /** Its digest would tell something of a file that is nobody's business. */
    @Test
    void filesOfOthersAreNotRead() throws IOException {
        Files.writeString(root.resolve("secret"), "abc");
        assertThat(failure(checksum("MD5:../secret", ABC)))
                .startsWith("failed to load 'm': failed to open text file for read ../secret: ")
                .contains("lies outside of");
    }

    @Test
    void anAgentThatThereIsNotKeepsItsModelOut() throws IOException {
        assertThat(failure("model_repository_agents { agents [ { name: 'relocation' } ] }"))
                .startsWith("failed to load 'm': unable to find 'libtritonrepoagent_relocation.so' for repo agent "
                        + "'relocation'");
    }

    @Test
    void aFileThatChangesKeepsTheNewVersionOutAndTheOldOneServes() throws IOException {
        write(checksum("MD5:1/weights", ABC));
        repository = TestRepository.start(TestRepository.config(ControlMode.EXPLICIT, root));
        assertThat(repository.isReady("m", "1")).isTrue();
        Files.write(root.resolve("m/1/weights"), "abd".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> repository.load("m", LoadParameters.NONE))
                .isInstanceOf(InferException.class)
                .hasMessageContaining("Mismatched MD5 hash for file 1/weights");
        assertThat(repository.isReady("m", "1")).isTrue();
        assertThatThrownBy(() -> repository.load(
                        "m",
                        new LoadParameters(
                                "{\"backend\":\"identity\",\"model_repository_agents\":{\"agents\":[{\"name\":"
                                        + "\"checksum\",\"parameters\":{\"MD5:1/weights\":\"" + ABC + "\"}}]}}",
                                Map.of("1/weights", "abd".getBytes(StandardCharsets.UTF_8)))))
                .as("files that come with a load request are checked too")
                .isInstanceOf(InferException.class);
    }

    @Test
    void pollingFollowsWhatTheAgentAgreesWith() throws IOException {
        write(checksum("MD5:1/weights", ABC));
        repository = TestRepository.start(TestRepository.config(ControlMode.POLL, root));
        assertThat(repository.isReady("m", "1")).isTrue();
        repository.poll();
        assertThat(repository.isReady("m", "1")).isTrue();
        Files.writeString(root.resolve("m/1/weights"), "changed");
        try (CapturedLog log = CapturedLog.of(RequestedLoads.class)) {
            repository.poll();
            repository.poll();
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("Mismatched MD5 hash"))
                    .as("said once")
                    .hasSize(1);
        }
    }
}
