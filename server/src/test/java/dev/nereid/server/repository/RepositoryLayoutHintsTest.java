package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.server.CapturedLog;
import dev.nereid.server.backend.plan.PlanBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the owner of a folder reads that is no repository: what was found, what is expected, and a command that works. */
@Tag("found-27")
class RepositoryLayoutHintsTest {
    private static final Path MODEL = Path.of("../models/examples/simple_identity/1/model.onnx");

    @TempDir
    Path root;

    private final List<ModelRepository> started = new ArrayList<>();

    private final WorkerPool workers = new WorkerPool(1);

    @AfterEach
    void close() {
        started.forEach(TestRepository::close);
        workers.close();
    }

    private Path copy(String place) throws IOException {
        Path file = root.resolve(place);
        Files.createDirectories(file.getParent());
        return Files.copy(MODEL, file);
    }

    /** Why the only model of a repository is not served. */
    private String reason(Path folder) {
        ModelRepository repository =
                TestRepository.start(RepositoryConfig.of(folder), new PlanBackend(KernelSet.scalar(), workers));
        started.add(repository);
        List<IndexEntry> index = repository.index(false);
        assertThat(index).hasSize(1);
        return index.getFirst().reason();
    }

    /** Runs the command that follows a text in a message, up to the next semicolon. */
    private void run(String message, String before) throws IOException, InterruptedException {
        assertThat(message).contains(before);
        String command = message.substring(message.indexOf(before) + before.length());
        command = command.contains("; or ") ? command.substring(0, command.indexOf("; or ")) : command;
        Process process = new ProcessBuilder("sh", "-ec", command).inheritIO().start();
        assertThat(process.waitFor()).as(command).isZero();
    }

    @Test
    void aModelWithoutAVersionFolderIsToldHowToGetOne() throws Exception {
        copy("r/my model/net.onnx");
        Files.writeString(root.resolve("r/my model/net.onnx.data"), "weights");
        String reason = reason(root.resolve("r"));
        assertThat(reason)
                .contains("'"
                        + root.resolve("r/my model") + "' has no version folder, which is one whose name is a number; "
                        + "found 'net.onnx': mkdir -p '");
        run(reason, "found 'net.onnx': ");
        assertThat(root.resolve("r/my model/1/model.onnx")).exists();
        assertThat(root.resolve("r/my model/1/net.onnx.data")).exists();
    }

    @Test
    void aModelsFileOutsideOfAVersionFolderIsToldWhereItBelongs() throws Exception {
        copy("r/m/model.onnx");
        String reason = reason(root.resolve("r"));
        assertThat(reason)
                .startsWith("at least one version must be available under the version policy of model 'm': '"
                        + root.resolve("r/m") + "' has no version folder");
        run(reason, "found 'model.onnx': ");
        assertThat(root.resolve("r/m/1/model.onnx")).exists();
    }

    @Test
    void aConfigWhoseFileIsNotThereIsToldWhatIs() throws Exception {
        copy("r/m/1/net.onnx");
        Files.writeString(root.resolve("r/m/config.pbtxt"), "backend: \"onnxruntime\"");
        String reason = reason(root.resolve("r"));
        assertThat(reason)
                .startsWith("Not found: unable to find '" + root.resolve("r/m/1/model.onnx") + "' for model 'm'; ");
        run(reason, "found 'net.onnx': ");
        assertThat(root.resolve("r/m/1/model.onnx")).exists();
    }

    @Test
    void aVersionFolderOfAnotherNameIsToldItsName() throws Exception {
        copy("r/m/v1/model.onnx");
        String reason = reason(root.resolve("r"));
        run(reason, "found 'v1/model.onnx': ");
        assertThat(root.resolve("r/m/1/model.onnx")).exists();
    }

    @Test
    void aFileOfAnotherNameIsFound() throws Exception {
        copy("r/m/1/net.onnx");
        String reason = reason(root.resolve("r"));
        assertThat(reason)
                .startsWith("Invalid model name: Could not determine backend for model 'm'")
                .contains("'" + root.resolve("r/m/1") + "' has no model.onnx; found 'net.onnx': mv ")
                .endsWith(
                        "; or write into config.pbtxt: backend: \"onnxruntime\" default_model_filename: \"net.onnx\"");
        run(reason, "found 'net.onnx': ");
        assertThat(root.resolve("r/m/1/model.onnx")).exists();
    }

    @Test
    void aConfigThatNamesAFileAndNoBackendIsToldWhichToAdd() throws Exception {
        copy("r/m/1/net.onnx");
        Files.writeString(root.resolve("r/m/config.pbtxt"), "default_model_filename: \"net.onnx\"");
        assertThat(reason(root.resolve("r")))
                .isEqualTo("unexpected platform type '' for m; config.pbtxt names a file and no backend: add backend: "
                        + "\"onnxruntime\" if it is an ONNX model");
    }

    @Test
    void aModelThatIsGivenAsARepositoryNamesItsParent() throws Exception {
        copy("r/m/1/model.onnx");
        assertThat(reason(root.resolve("r/m")))
                .contains("'" + root.resolve("r/m")
                        + "' is given as a repository, but it is a model and no repository, for it "
                        + "holds 1/model.onnx; the repository is its parent folder: nereid serve --model-repository="
                        + root.resolve("r"));
    }

    @Test
    void theParentOfARepositoryNamesTheRepository() throws Exception {
        copy("parent/r/m/1/model.onnx");
        assertThat(reason(root.resolve("parent")))
                .endsWith("it is a repository itself: nereid serve --model-repository=" + root.resolve("parent/r"));
    }

    @Test
    void versionsThatThePolicyDoesNotChooseAreListed() throws Exception {
        copy("r/m/2/model.onnx");
        Files.writeString(root.resolve("r/m/config.pbtxt"), "version_policy { specific { versions: 7 } }");
        assertThat(reason(root.resolve("r")))
                .endsWith("has the versions [2], of which the version_policy of its config " + "chooses none");
    }

    @Test
    void onnxFilesInTheRootAreWarnedOfAlsoBesideModels() throws Exception {
        Path file = copy("r/net.onnx");
        TestRepository.write(root.resolve("r"), "m", TestRepository.IDENTITY, 1);
        try (CapturedLog log = CapturedLog.of(ModelRepository.class)) {
            started.add(TestRepository.start(RepositoryConfig.of(root.resolve("r"))));
            assertThat(log.lines()).anySatisfy(message -> {
                assertThat(message)
                        .contains("found 'net.onnx' directly in it, where no model is looked for")
                        .endsWith("; or serve such files as they lie: nereid serve " + root.resolve("r"));
                run(message, "<model>/<version>/model.onnx: ");
            });
        }
        assertThat(file).doesNotExist();
        assertThat(root.resolve("r/net/1/model.onnx")).exists();
    }

    @Test
    void aFileThatIsGivenAsARepositoryIsToldHowToBeServed() throws Exception {
        Path file = copy("net.onnx");
        assertThatThrownBy(() -> TestRepository.start(RepositoryConfig.of(file)))
                .hasMessage("failed to stat file " + file
                        + ": the model repository is not a folder; to serve the file as it " + "lies: nereid serve "
                        + file);
    }
}
