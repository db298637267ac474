package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders that a running server is told to look into, and to leave. */
@SuppressWarnings("NullAway.Init") // every test starts a repository
class RegisteredFoldersTest {
    @TempDir
    Path own;

    @TempDir
    Path others;

    private ModelRepository repository;

    @AfterEach
    void close() {
        TestRepository.close(repository);
    }

    private void start(boolean namespacing) {
        repository = TestRepository.start(RepositoryConfig.of(own)
                .withMode(ControlMode.EXPLICIT, List.of())
                .withNamespacing(namespacing));
    }

    private static void assertFails(InferException.Code code, String text, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(InferException.class, e -> {
            assertThat(e.code()).isEqualTo(code);
            assertThat(e.text()).isEqualTo(text);
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aModelIsCalledAsItWasRegistered(boolean namespacing) {
        TestRepository.write(others, "folder", "name: \"other\" " + TestRepository.IDENTITY, 1);
        start(namespacing);
        assertThat(repository.register(others, "mine")).isEqualTo(others);
        assertThat(repository.index(false)).extracting(IndexEntry::name).containsExactly("mine");

        repository.load("mine", LoadParameters.NONE);
        assertThat(repository.find("mine", "").config().getName()).isEqualTo("mine");
        assertFails(
                InferException.Code.INTERNAL,
                "failed to load 'folder', failed to poll from model repository: model not found in any model repository",
                () -> repository.load("folder", LoadParameters.NONE));

        repository.unload("mine", true);
        repository.unregister(others);
        assertThat(repository.index(false)).isEmpty();
        assertFails(
                InferException.Code.INTERNAL,
                "failed to load 'mine', failed to poll from model repository: model not found in any model repository",
                () -> repository.load("mine", LoadParameters.NONE));
    }

    /** One that is a model itself is looked for in the folder around it. */
    @Test
    void anArchiveMayBeTheModel() {
        TestRepository.write(others, "model", TestRepository.IDENTITY, 1);
        start(false);
        assertThat(repository.register(others.resolve("model"), "mine")).isEqualTo(others);
        repository.load("mine", LoadParameters.NONE);
        assertThat(repository.isReady("mine", "1")).isTrue();
    }

    @Test
    void folderAndNameAreTakenOnce() throws IOException {
        TestRepository.write(others, "a", TestRepository.IDENTITY, 1);
        Path second = Files.createDirectory(own.resolve("second"));
        TestRepository.write(second, "a", TestRepository.IDENTITY, 1);
        start(false);
        repository.register(others, "mine");
        assertFails(
                InferException.Code.ALREADY_EXISTS,
                "model repository '" + others + "' has already been registered",
                () -> repository.register(others, "other"));
        assertFails(
                InferException.Code.ALREADY_EXISTS,
                "failed to register 'mine', there is a conflicting mapping for 'mine'",
                () -> repository.register(second, "mine"));
        repository.unregister(others);
        assertFails(
                InferException.Code.INVALID_ARG,
                "failed to unregister '" + others + "', repository not found",
                () -> repository.unregister(others));
        assertFails(
                InferException.Code.INVALID_ARG,
                "failed to unregister '" + own + "', repository not found",
                () -> repository.unregister(own));
        assertThat(repository.register(second, "mine")).isEqualTo(second);
    }

    @Test
    void theServersOwnFolderIsRegisteredAlready() {
        TestRepository.write(own, "a", TestRepository.IDENTITY, 1);
        start(false);
        assertFails(
                InferException.Code.ALREADY_EXISTS,
                "model repository '" + own + "' has already been registered",
                () -> repository.register(own, "mine"));
    }

    /** Of several ensembles the one that none of the others is made of. */
    @Test
    void anEnsembleOfEnsemblesIsTheOutermost() {
        TestRepository.write(others, "leaf", TestRepository.IDENTITY, 1);
        TestRepository.write(others, "inner", ensemble("leaf"), 1);
        TestRepository.write(others, "a_outer", ensemble("inner"), 1);
        start(true);
        repository.register(others, "mine");
        repository.load("mine", LoadParameters.NONE);
        assertThat(repository
                        .find("mine", "")
                        .config()
                        .getEnsembleScheduling()
                        .getStep(0)
                        .getModelName())
                .isEqualTo("inner");
        repository.unload("mine", true);
        assertThat(repository.readyModels()).isEmpty();
    }

    private static String ensemble(String step) {
        return """
                platform: "ensemble"
                max_batch_size: 8
                input { name: "INPUT0" data_type: TYPE_FP32 dims: -1 }
                output { name: "OUTPUT0" data_type: TYPE_FP32 dims: -1 }
                ensemble_scheduling { step [ { model_name: "STEP" model_version: -1
                  input_map { key: "INPUT0" value: "INPUT0" } output_map { key: "OUTPUT0" value: "OUTPUT0" } } ] }
                """.replace("STEP", step);
    }

    @Test
    void aFolderThatWasDeletedIsNoObstacle() throws IOException {
        Path archive = Files.createDirectory(others.resolve("archive"));
        Path config = TestRepository.write(archive, "a", TestRepository.IDENTITY);
        TestRepository.write(own, "mine", TestRepository.IDENTITY, 1);
        start(true);
        repository.register(archive, "gone");
        Files.delete(config);
        Files.delete(archive.resolve("a"));
        Files.delete(archive);
        assertThat(repository.index(false)).extracting(IndexEntry::name).containsExactly("mine");
        repository.unregister(archive);
        repository.load("mine", LoadParameters.NONE);
        assertThat(repository.isReady("mine", "")).isTrue();
    }

    @Test
    void onlyServersInExplicitModeLookIntoMore() {
        TestRepository.write(others, "a", TestRepository.IDENTITY, 1);
        repository = TestRepository.start(RepositoryConfig.of(own));
        assertFails(
                InferException.Code.UNSUPPORTED,
                "repository registration is not allowed if model control mode is not EXPLICIT",
                () -> repository.register(others, "mine"));
    }
}
