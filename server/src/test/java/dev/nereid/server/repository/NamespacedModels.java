package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.NativeMemory;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferException.Code;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.repository.folders.ModelId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Models of one name in three folders, each a namespace, under a repository that is closed after each test. */
@SuppressWarnings("NullAway.Init") // every test starts a repository
abstract class NamespacedModels {
    static final String ENSEMBLE = """
            platform: "ensemble"
            max_batch_size: 8
            input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
            output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
            ensemble_scheduling { step [ { model_name: "%s" model_version: -1
                input_map { key: "INPUT0" value: "INPUT0" } output_map { key: "OUTPUT0" value: "OUTPUT0" } } ] }
            """;
    static final String BROKEN = TestRepository.IDENTITY.replace("FP32", "FP8");
    static final String UNKNOWN_BACKEND = TestRepository.IDENTITY.replace("identity", "unknown");

    @TempDir
    Path folder;

    private final long bytesBefore = NativeMemory.liveBytes();
    Path a;
    Path b;
    Path c;
    ModelRepository repository;

    @BeforeEach
    void makesRoots() throws IOException {
        a = Files.createDirectories(folder.resolve("a"));
        b = Files.createDirectories(folder.resolve("b"));
        c = Files.createDirectories(folder.resolve("c"));
    }

    @AfterEach
    void closes() {
        TestRepository.close(repository);
        assertThat(NativeMemory.liveBytes()).isEqualTo(bytesBefore);
    }

    static void write(Path root, String name) {
        TestRepository.write(root, name, TestRepository.IDENTITY, 1);
    }

    static void writeEnsemble(Path root, String name, String step) {
        TestRepository.write(root, name, ENSEMBLE.formatted(step), 1);
    }

    RepositoryConfig config(ControlMode mode, String... startup) {
        return RepositoryConfig.of(a, b, c).withNamespacing(true).withMode(mode, List.of(startup));
    }

    void start(ControlMode mode, String... startup) {
        repository = TestRepository.start(config(mode, startup));
    }

    void load(String name) {
        repository.load(name, LoadParameters.NONE);
    }

    static ModelId id(Path root, String name) {
        return new ModelId(root.toString(), name);
    }

    List<ModelId> ready() {
        return repository.readyModels().stream().map(Model::id).toList();
    }

    /** A model that is ready, however many share its name. */
    Model ready(Path root, String name) {
        return repository.readyModels().stream()
                .filter(model -> model.id().equals(id(root, name)))
                .findFirst()
                .orElseThrow();
    }

    long inferences(Path root, String name) {
        return ready(root, name).statistics().snapshot().inferenceCount();
    }

    static void answer(Model model) {
        try (InferResponse response = TestRepository.infer(model).join()) {
            assertThat(response.modelName()).isEqualTo(model.name());
        }
    }

    /** The root whose model an ensemble's request runs, and whose name its config gives. */
    Path rootBehind(Model ensemble, String step) {
        List<Path> roots = List.of(a, b, c).stream()
                .filter(root -> ready().contains(id(root, step)))
                .toList();
        List<Long> before = roots.stream().map(root -> inferences(root, step)).toList();
        answer(ensemble);
        List<Path> ran = new ArrayList<>();
        for (int i = 0; i < roots.size(); i++) {
            if (inferences(roots.get(i), step) > before.get(i)) {
                ran.add(roots.get(i));
            }
        }
        assertThat(ran).hasSize(1);
        assertThat(ensemble.config().getEnsembleScheduling().getStep(0).getModelNamespace())
                .isEqualTo(ran.getFirst().toString());
        return ran.getFirst();
    }

    static void assertFails(Code code, String text, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(InferException.class, e -> {
            assertThat(e.text()).isEqualTo(text);
            assertThat(e.code()).isEqualTo(code);
        });
    }

    void assertAmbiguous(int models, String name) {
        assertFails(
                Code.INVALID_ARG,
                "There are " + models + " identifiers of model '" + name
                        + "' in global map, model namespace must be provided to resolve ambiguity.",
                () -> repository.find(name, ""));
    }
}
