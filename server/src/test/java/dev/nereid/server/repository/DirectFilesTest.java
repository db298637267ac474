package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.server.backend.plan.PlanBackend;
import dev.nereid.server.repository.folders.RepositoryRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ONNX files that are served as they lie: named by an argument, without a folder for a model or a version. */
@Tag("found-27")
class DirectFilesTest {
    private static final Path EXAMPLES = Path.of("../models/examples");

    @TempDir
    Path folder;

    private final List<ModelRepository> started = new ArrayList<>();
    private final WorkerPool workers = new WorkerPool(1);

    @AfterEach
    void close() {
        started.forEach(TestRepository::close);
        workers.close();
    }

    private Path copy(String model, String name) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.copy(EXAMPLES.resolve(model + "/1/model.onnx"), file, StandardCopyOption.REPLACE_EXISTING);
    }

    private ModelRepository serve(ControlMode mode, Path... operands) {
        RepositoryConfig config = RepositoryConfig.of(Stream.of(operands)
                        .map(path -> RepositoryRoot.parseOperand(path.toString(), Map.of()))
                        .toList())
                .withMode(mode, mode == ControlMode.EXPLICIT ? List.of("*") : List.of());
        ModelRepository repository = TestRepository.start(config, new PlanBackend(KernelSet.scalar(), workers));
        started.add(repository);
        return repository;
    }

    private List<String> entries() throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            return tree.map(path -> folder.relativize(path).toString()).sorted().toList();
        }
    }

    @Test
    void aFileIsVersionOneOfAModelWithItsName() throws IOException {
        Path file = copy("simple_identity", "my model.onnx");
        copy("simple", "other.onnx");
        List<String> before = entries();
        ModelRepository repository = serve(ControlMode.NONE, file);
        assertThat(repository.index(false)).containsExactly(new IndexEntry("my model", "1", "READY", ""));
        Model model = repository.find("my model", "1");
        assertThat(model.config().getDefaultModelFilename()).isEqualTo("../my model.onnx");
        assertThat(model.config().getBackend()).isEqualTo("onnxruntime");
        assertThat(model.config().getPlatform()).isEqualTo("onnxruntime_onnx");
        assertThat(model.inputs()).hasSize(1);
        assertThat(entries()).isEqualTo(before);
    }

    @Test
    void aFolderServesItsFilesAndTheModelsBesideThem() throws IOException {
        copy("simple_identity", "a.onnx");
        copy("simple", "b.ONNX");
        copy("simple", "c/1/model.onnx");
        copy("simple", "d/model.onnx");
        Files.createDirectories(folder.resolve("notes"));
        Files.writeString(folder.resolve("notes/1.txt"), "no model");
        Files.createDirectories(folder.resolve(".git/1"));
        ModelRepository repository = serve(ControlMode.NONE, folder);
        assertThat(repository.index(false))
                .extracting(entry -> entry.id().name() + " " + entry.state())
                .containsExactly("a READY", "b READY", "c READY", "d UNAVAILABLE");
    }

    @Test
    void aFolderWithoutFilesIsARepositoryAsAnyOther() {
        assertThat(RepositoryRoot.parseOperand(folder.toString(), Map.of()))
                .isEqualTo(new RepositoryRoot.Local(folder));
        assertThat(RepositoryRoot.parseOperand("s3://bucket/models", Map.of()))
                .isInstanceOf(RepositoryRoot.Remote.class);
    }

    @Test
    void aFileAndAFolderOfOneNameAreToldApartByNobody() throws IOException {
        copy("simple", "m.onnx");
        copy("simple", "m/1/model.onnx");
        ModelRepository repository = serve(ControlMode.NONE, folder);
        assertThat(repository.index(false))
                .containsExactly(new IndexEntry("m", "", "UNAVAILABLE", "model appears in two or more repositories"));
    }

    @Test
    void aPollSeesFilesThatComeChangeAndGo() throws IOException {
        Path file = copy("simple_identity", "a.onnx");
        ModelRepository repository = serve(ControlMode.POLL, folder);
        Model before = repository.find("a", "");
        repository.poll();
        assertThat(repository.find("a", "")).isSameAs(before);
        copy("simple", "a.onnx");
        copy("simple", "b.onnx");
        repository.poll();
        assertThat(repository.find("a", "").inputs()).hasSize(2);
        assertThat(repository.isReady("b", "")).isTrue();
        Files.delete(file);
        repository.poll();
        assertThat(repository.isReady("a", "")).isFalse();
    }

    @Test
    void aFileBesideTheModelThatHoldsItsWeightsBelongsToIt() throws IOException {
        copy("simple", "a.onnx");
        ModelRepository repository = serve(ControlMode.POLL, folder);
        Model before = repository.find("a", "");
        Files.writeString(folder.resolve("a.onnx.data"), "weights");
        repository.poll();
        assertThat(repository.find("a", "")).isNotSameAs(before);
    }

    @Test
    void aClientMayLoadItWithAConfigOfItsOwn() throws IOException {
        Path file = copy("simple", "a.onnx");
        ModelRepository repository = serve(ControlMode.EXPLICIT, file);
        repository.load("a", new LoadParameters("{\"max_batch_size\": 2}", Map.of()));
        assertThat(repository.find("a", "").config().getMaxBatchSize()).isEqualTo(2);
        repository.load("a", LoadParameters.NONE);
        assertThat(repository.isReady("a", "1")).isTrue();
    }

    @Test
    void whatIsNoModelIsRefusedInOneSentence() throws IOException {
        Path file = Files.writeString(folder.resolve("model.bin"), "");
        assertThatThrownBy(() -> serve(ControlMode.NONE, file))
                .hasMessage("'" + file
                        + "' cannot be served: expected a file *.onnx, *.pt2 or *.pt, a folder with such files, or "
                        + "a model repository");
        assertThatThrownBy(() -> serve(ControlMode.NONE, folder.resolve("none.onnx")))
                .hasMessage("failed to stat file " + folder.resolve("none.onnx") + ": there is no such file or folder");
    }
}
