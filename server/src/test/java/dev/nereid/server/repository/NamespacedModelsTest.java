package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.NativeMemory;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferException.Code;
import dev.nereid.server.protocol.InferResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models of one name in several folders: how they are found, loaded and unloaded, and which of them ensembles take. */
@SuppressWarnings("NullAway.Init") // every test starts a repository
class NamespacedModelsTest {
    private static final String ENSEMBLE = """
            platform: "ensemble"
            max_batch_size: 8
            input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
            output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
            ensemble_scheduling { step [ { model_name: "%s" model_version: -1
                input_map { key: "INPUT0" value: "INPUT0" } output_map { key: "OUTPUT0" value: "OUTPUT0" } } ] }
            """;
    private static final String BROKEN = TestRepository.IDENTITY.replace("FP32", "FP8");
    private static final String UNKNOWN_BACKEND = TestRepository.IDENTITY.replace("identity", "unknown");

    @TempDir
    Path folder;

    private final long bytesBefore = NativeMemory.liveBytes();
    private Path a;
    private Path b;
    private Path c;
    private ModelRepository repository;

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

    private static void write(Path root, String name) {
        TestRepository.write(root, name, TestRepository.IDENTITY, 1);
    }

    private static void writeEnsemble(Path root, String name, String step) {
        TestRepository.write(root, name, ENSEMBLE.formatted(step), 1);
    }

    private RepositoryConfig config(ControlMode mode, String... startup) {
        return RepositoryConfig.of(a, b, c).withNamespacing(true).withMode(mode, List.of(startup));
    }

    private void start(ControlMode mode, String... startup) {
        repository = TestRepository.start(config(mode, startup));
    }

    private void load(String name) {
        repository.load(name, LoadParameters.NONE);
    }

    private static ModelId id(Path root, String name) {
        return new ModelId(root.toString(), name);
    }

    private List<ModelId> ready() {
        return repository.readyModels().stream().map(Model::id).toList();
    }

    /** A model that is ready, however many share its name. */
    private Model ready(Path root, String name) {
        return repository.readyModels().stream()
                .filter(model -> model.id().equals(id(root, name)))
                .findFirst()
                .orElseThrow();
    }

    private long inferences(Path root, String name) {
        return ready(root, name).statistics().snapshot().inferenceCount();
    }

    private static void answer(Model model) {
        try (InferResponse response = TestRepository.infer(model).join()) {
            assertThat(response.modelName()).isEqualTo(model.name());
        }
    }

    /** The root whose model an ensemble's request runs, and whose name its config gives. */
    private Path rootBehind(Model ensemble, String step) {
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

    private static void assertFails(Code code, String text, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(InferException.class, e -> {
            assertThat(e.text()).isEqualTo(text);
            assertThat(e.code()).isEqualTo(code);
        });
    }

    private void assertAmbiguous(int models, String name) {
        assertFails(
                Code.INVALID_ARG,
                "There are " + models + " identifiers of model '" + name
                        + "' in global map, model namespace must be provided to resolve ambiguity.",
                () -> repository.find(name, ""));
    }

    @Test
    void loadsModelsOfOneNameSideBySide() {
        write(a, "m");
        write(b, "m");
        write(b, "only");
        start(ControlMode.NONE);
        assertThat(repository.startup().join()).isEmpty();
        assertThat(repository.isReady()).isTrue();
        assertThat(ready()).containsExactly(id(a, "m"), id(b, "m"), id(b, "only"));
        assertThat(repository.index(false))
                .containsExactly(
                        new IndexEntry(id(a, "m"), "1", "READY", ""),
                        new IndexEntry(id(b, "m"), "1", "READY", ""),
                        new IndexEntry(id(b, "only"), "1", "READY", ""));
        answer(repository.find("only", "1"));
        assertThat(inferences(b, "only")).isEqualTo(1);
    }

    @Test
    void refusesEveryQuestionThatNamesSeveralModels() {
        write(a, "m");
        write(b, "m");
        write(c, "only");
        start(ControlMode.NONE);
        assertAmbiguous(2, "m");
        String text = "There are 2 identifiers of model 'm' in global map, model namespace must be provided to resolve "
                + "ambiguity.";
        assertFails(Code.INVALID_ARG, text, () -> repository.find("m", "1"));
        assertFails(Code.INVALID_ARG, text, () -> repository.readyVersions("m"));
        assertFails(Code.INVALID_ARG, text, () -> repository.hold("m", -1));
        assertThat(repository.isReady("m", "")).isFalse();
        assertFails(Code.INVALID_ARG, "requested model 'm' is not available", () -> repository.forStatistics("m", ""));
        assertThat(repository.forStatistics("", ""))
                .extracting(Model::id)
                .containsExactly(id(a, "m"), id(b, "m"), id(c, "only"));
        assertThat(repository.addressableModels()).extracting(Model::id).containsExactly(id(c, "only"));
    }

    @Test
    void namesTheNamespaceOfAModelThatCannotServe() {
        write(a, "m");
        start(ControlMode.EXPLICIT, "m");
        assertFails(
                Code.NOT_FOUND,
                "Request for unknown model: '" + a + "::m' version 2 is not found",
                () -> repository.find("m", "2"));
        assertFails(
                Code.INVALID_ARG, "Request for unknown model: 'nope' is not found", () -> repository.find("nope", ""));
        TestRepository.write(b, "n", UNKNOWN_BACKEND, 1);
        assertThatThrownBy(() -> load("n"))
                .hasMessageStartingWith("load failed for model '" + b + "::n': version 1 is at UNAVAILABLE state: ");
        assertFails(
                Code.NOT_FOUND,
                "Request for unknown model: '" + b + "::n' has no available versions",
                () -> repository.find("n", ""));
        repository.unload("m", false);
        assertFails(
                Code.NOT_FOUND, "Identifier of model 'm' is not found in global map", () -> repository.find("m", ""));
        assertThat(repository.isReady("m", "")).isFalse();
    }

    @Test
    void loadsAndUnloadsANameInEveryNamespace() {
        write(a, "m");
        write(b, "m");
        start(ControlMode.EXPLICIT);
        assertThat(ready()).isEmpty();
        load("m");
        assertThat(ready()).containsExactly(id(a, "m"), id(b, "m"));
        Model before = ready(a, "m");
        load("m");
        assertThat(ready(a, "m")).as("nothing changed").isSameAs(before);
        repository.unload("m", false);
        repository.unload("nope", true);
        assertThat(ready()).isEmpty();
        assertThat(repository.index(false))
                .containsExactly(
                        new IndexEntry(id(a, "m"), "1", "UNAVAILABLE", "unloaded"),
                        new IndexEntry(id(b, "m"), "1", "UNAVAILABLE", "unloaded"));
        assertThat(repository.isReady()).isTrue();
    }

    @Test
    void loadsEveryStartUpModelInEveryNamespaceAndListsOnesThatComeLaterOnce() {
        write(a, "m");
        write(b, "m");
        start(ControlMode.EXPLICIT, "m", "later");
        assertThat(ready()).containsExactly(id(a, "m"), id(b, "m"));
        assertThat(repository.startup().join())
                .containsExactly("failed to load 'later': model not found in any model repository");
        assertThat(repository.index(false))
                .first()
                .isEqualTo(new IndexEntry("later", "", "UNAVAILABLE", "model not found in any model repository"));
        write(b, "later");
        load("later");
        assertThat(repository.index(false))
                .containsExactly(
                        new IndexEntry(id(a, "m"), "1", "READY", ""),
                        new IndexEntry(id(b, "later"), "1", "READY", ""),
                        new IndexEntry(id(b, "m"), "1", "READY", ""));
    }

    @Test
    void reportsEveryModelOfANameThatCannotBeLoaded() {
        write(a, "m");
        TestRepository.write(b, "m", UNKNOWN_BACKEND, 1);
        TestRepository.write(c, "m", UNKNOWN_BACKEND, 1);
        start(ControlMode.EXPLICIT);
        assertThatThrownBy(() -> load("m")).isInstanceOfSatisfying(InferException.class, e -> {
            assertThat(e.code()).isEqualTo(Code.INVALID_ARG);
            assertThat(e.text().lines().map(line -> line.substring(0, line.indexOf("version"))))
                    .containsExactly(
                            "load failed for model '" + b + "::m': ", "load failed for model '" + c + "::m': ");
        });
        assertThat(ready()).containsExactly(id(a, "m"));
        TestRepository.write(b, "m", BROKEN, 1);
        TestRepository.write(c, "m", TestRepository.IDENTITY, 1);
        assertThatThrownBy(() -> load("m"))
                .hasMessageStartingWith("failed to load 'm', failed to poll from model repository: ");
        assertThat(ready()).containsExactly(id(a, "m"), id(c, "m"));
    }

    @Test
    void letsEnsemblesTakeModelsOfTheirOwnNamespaceFirst() {
        write(a, "m");
        write(b, "m");
        writeEnsemble(a, "e", "m");
        writeEnsemble(b, "f", "m");
        writeEnsemble(b, "outer", "e");
        write(c, "other");
        writeEnsemble(a, "g", "other");
        start(ControlMode.NONE);
        assertThat(repository.startup().join()).isEmpty();
        assertThat(rootBehind(repository.find("e", ""), "m")).isEqualTo(a);
        assertThat(rootBehind(repository.find("f", ""), "m")).isEqualTo(b);
        assertThat(rootBehind(repository.find("outer", ""), "e")).isEqualTo(a);
        assertThat(rootBehind(repository.find("g", ""), "other")).isEqualTo(c);
    }

    @Test
    void loadsEnsemblesOfOneNameWithTheModelsOfBoth() {
        write(a, "m");
        write(b, "m");
        writeEnsemble(a, "e", "m");
        writeEnsemble(b, "e", "m");
        start(ControlMode.EXPLICIT);
        load("e");
        assertThat(ready()).containsExactly(id(a, "e"), id(a, "m"), id(b, "e"), id(b, "m"));
        assertAmbiguous(2, "e");
        assertThat(rootBehind(ready(a, "e"), "m")).isEqualTo(a);
        assertThat(rootBehind(ready(b, "e"), "m")).isEqualTo(b);
        repository.unload("e", true);
        assertThat(ready()).isEmpty();
    }

    @Test
    void refusesAnEnsembleThatCouldTakeSeveralModels() {
        write(a, "m");
        write(b, "m");
        writeEnsemble(c, "e", "m");
        start(ControlMode.EXPLICIT);
        assertFails(
                Code.INVALID_ARG,
                "load failed for model '" + c + "::e': ensemble " + c
                        + "::e contains models that are not available or ambiguous: m\n",
                () -> load("e"));
        write(c, "m");
        load("e");
        assertThat(rootBehind(repository.find("e", ""), "m")).isEqualTo(c);
    }

    @Test
    void losesAnEnsembleWhileItsModelIsAmbiguousAndBringsItBack() throws IOException {
        write(a, "m");
        writeEnsemble(c, "e", "m");
        start(ControlMode.POLL);
        assertThat(rootBehind(repository.find("e", ""), "m")).isEqualTo(a);
        write(b, "m");
        repository.poll();
        assertThat(ready()).containsExactly(id(a, "m"), id(b, "m"));
        assertThat(repository.index(false)).contains(new IndexEntry(id(c, "e"), "1", "UNAVAILABLE", "unloaded"));
        Files.move(a.resolve("m"), folder.resolve("m"));
        repository.poll();
        assertThat(rootBehind(repository.find("e", ""), "m")).isEqualTo(b);
    }

    @Test
    void bindsEnsemblesAnewAsPolledModelsComeAndGo() throws IOException {
        write(a, "m");
        write(b, "m");
        writeEnsemble(a, "e", "m");
        writeEnsemble(b, "f", "m");
        start(ControlMode.POLL);
        Model own = repository.find("f", "");
        Files.move(a.resolve("m"), folder.resolve("m"));
        repository.poll();
        assertThat(ready()).containsExactly(id(a, "e"), id(b, "f"), id(b, "m"));
        assertThat(rootBehind(repository.find("e", ""), "m")).isEqualTo(b);
        answer(repository.find("m", ""));
        Files.move(folder.resolve("m"), a.resolve("m"));
        repository.poll();
        assertThat(rootBehind(repository.find("e", ""), "m")).isEqualTo(a);
        assertThat(rootBehind(repository.find("f", ""), "m")).isEqualTo(b);
        assertThat(repository.find("f", ""))
                .as("meant the same model all the time")
                .isSameAs(own);
        assertAmbiguous(2, "m");
    }

    @Test
    void followsAModelThatMovesFromOneNamespaceToAnotherWithoutAGap() throws IOException {
        FakeBackend backend = new FakeBackend();
        TestRepository.write(a, "m", FakeBackend.CONFIG, 1);
        writeEnsemble(c, "e", "m");
        repository = TestRepository.start(config(ControlMode.POLL), backend);
        Model before = repository.find("e", "");
        backend.mayExecute = new Semaphore(0);
        CompletableFuture<InferResponse> inFlight = TestRepository.infer(before);
        Files.move(a.resolve("m"), b.resolve("m"));
        repository.poll();
        assertThat(ready()).containsExactly(id(b, "m"), id(c, "e"));
        CompletableFuture<InferResponse> late = TestRepository.infer(before);
        backend.mayExecute.release(1000);
        inFlight.join().close();
        late.join().close();
        assertThat(rootBehind(repository.find("e", ""), "m")).isEqualTo(b);
        assertThat(inferences(b, "m"))
                .as("also of the request that came late to the old ensemble")
                .isEqualTo(2);
    }

    @Test
    void bindsEnsemblesAnewAsTheyAreLoaded() throws IOException {
        write(b, "m");
        writeEnsemble(a, "e", "m");
        writeEnsemble(b, "f", "m");
        start(ControlMode.EXPLICIT);
        load("e");
        load("f");
        assertThat(rootBehind(repository.find("e", ""), "m")).isEqualTo(b);
        write(a, "m");
        load("f");
        assertThat(rootBehind(repository.find("e", ""), "m"))
                .as("the step's name was looked for everywhere, whichever ensemble was asked for")
                .isEqualTo(a);
        assertThat(rootBehind(repository.find("f", ""), "m")).isEqualTo(b);
        repository.unload("m", false);
        assertThat(ready()).isEmpty();
        Files.move(a.resolve("m"), folder.resolve("m"));
        load("m");
        assertThat(rootBehind(repository.find("e", ""), "m")).isEqualTo(b);
    }

    @Test
    void takesOnlyTheModelsThatAnEnsembleUsesAlongWithIt() {
        write(a, "m");
        write(b, "m");
        writeEnsemble(a, "e", "m");
        start(ControlMode.EXPLICIT);
        load("e");
        repository.unload("e", true);
        assertThat(ready())
                .as("loaded beside the one that is used, as in Triton")
                .containsExactly(id(b, "m"));
    }

    @Test
    void loadsAnEnsembleWhenOnlyOneOfTheModelsIsLeftThatItCouldTake() {
        write(a, "m");
        writeEnsemble(a, "e", "m");
        write(b, "m");
        writeEnsemble(c, "h", "m");
        start(ControlMode.EXPLICIT, "e");
        assertThatThrownBy(() -> load("h")).hasMessageContaining("not available or ambiguous: m");
        repository.unload("e", true);
        assertThat(ready()).containsExactly(id(b, "m"), id(c, "h"));
        assertThat(rootBehind(repository.find("h", ""), "m")).isEqualTo(b);
    }

    @Test
    void keepsTheModelThatAnotherEnsembleStillTakes() {
        write(a, "m");
        writeEnsemble(a, "e", "m");
        write(b, "m");
        writeEnsemble(b, "f", "e");
        writeEnsemble(a, "g", "m");
        start(ControlMode.EXPLICIT, "f", "g");
        repository.unload("f", true);
        assertThat(ready()).containsExactly(id(a, "g"), id(a, "m"), id(b, "m"));
    }

    @Test
    void keepsFilesOfAClientInANamespaceOfTheirOwn() {
        write(a, "m");
        write(b, "m");
        start(ControlMode.EXPLICIT, "m");
        String json = """
                {"backend": "identity", "max_batch_size": 4,
                 "input": [{"name": "INPUT0", "data_type": "TYPE_FP32", "dims": [-1]}],
                 "output": [{"name": "OUTPUT0", "data_type": "TYPE_FP32", "dims": [-1]}]}""";
        repository.load("sent", new LoadParameters(json, Map.of("1/nothing", new byte[0])));
        assertThat(repository.find("sent", "").id()).isEqualTo(ModelId.of("sent"));
        repository.load("m", new LoadParameters(json, Map.of("1/nothing", new byte[0])));
        assertAmbiguous(3, "m");
        repository.load("m", new LoadParameters(json, Map.of()));
        assertThat(repository.readyModels())
                .filteredOn(model -> !model.id().namespace().isEmpty())
                .extracting(model -> model.config().getMaxBatchSize())
                .as("a config alone is for every model of the name")
                .containsExactly(4, 4);
        repository.unload("m", false);
        assertThat(ready()).containsExactly(ModelId.of("sent"));
    }

    @Test
    void namesNamespacesInTheTextsOfEnsembles() {
        TestRepository.write(a, "m", UNKNOWN_BACKEND, 1);
        writeEnsemble(b, "e", "m");
        TestRepository.write(a, "n", TestRepository.IDENTITY.replace("FP32", "INT32"), 1);
        writeEnsemble(b, "f", "n");
        writeEnsemble(a, "x", "y");
        writeEnsemble(b, "y", "x");
        start(ControlMode.EXPLICIT);
        assertThatThrownBy(() -> load("e"))
                .hasMessageStartingWith("load failed for model '" + b + "::e': ensemble '" + b + "::e' depends on '" + a
                        + "::m' which has no loaded version. Model '" + a + "::m' loading failed with error: ");
        assertThatThrownBy(() -> load("f"))
                .hasMessage("load failed for model '" + b + "::f': in ensemble " + b
                        + "::f, ensemble tensor INPUT0: inconsistent data type: TYPE_FP32 is inferred from model " + b
                        + "::f while TYPE_INT32 is inferred from model " + a + "::n\n");
        assertThatThrownBy(() -> load("x"))
                .hasMessage("load failed for model '" + a + "::x': circular dependency between ensembles: " + a
                        + "::x -> ... -> " + b + "::y -> " + a + "::x\n");
    }

    @Test
    void takesARootThatIsGivenTwiceOnce() {
        write(a, "m");
        repository = TestRepository.start(RepositoryConfig.of(a, a).withNamespacing(true));
        assertThat(repository.startup().join()).isEmpty();
        answer(repository.find("m", ""));
    }

    @Test
    void ignoresNamespacesOfStepsWhereNamesAreIdentities() {
        write(a, "m");
        TestRepository.write(
                a,
                "e",
                ENSEMBLE.formatted("m").replace("model_version: -1", "model_version: -1 model_namespace: \"/nowhere\""),
                1);
        repository = TestRepository.start(RepositoryConfig.of(a, b));
        assertThat(repository.startup().join()).isEmpty();
        Model ensemble = repository.find("e", "");
        answer(ensemble);
        assertThat(ensemble.config().getEnsembleScheduling().getStep(0).getModelNamespace())
                .isEmpty();
        assertThat(ensemble.id()).isEqualTo(ModelId.of("e"));
    }

    @Test
    void survivesOperationsOnModelsOfOneNameAtTheSameTime() throws InterruptedException {
        write(a, "m");
        write(b, "m");
        writeEnsemble(a, "e", "m");
        writeEnsemble(b, "f", "m");
        start(ControlMode.EXPLICIT, "e", "f");
        List<Thread> threads = new ArrayList<>();
        for (String name : List.of("m", "e", "f", "m")) {
            threads.add(Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 25; i++) {
                    try {
                        repository.unload(name, !name.equals("m"));
                        load(name);
                        answer(repository.find("e", ""));
                    } catch (InferException | CompletionException e) {
                        // Somebody else has just unloaded what is needed, or was faster with the same load.
                        assertThat(e.getMessage()).isNotEmpty();
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        load("e");
        load("f");
        assertThat(ready()).containsExactly(id(a, "e"), id(a, "m"), id(b, "f"), id(b, "m"));
        assertThat(rootBehind(repository.find("e", ""), "m")).isEqualTo(a);
        assertThat(rootBehind(repository.find("f", ""), "m")).isEqualTo(b);
    }
}
