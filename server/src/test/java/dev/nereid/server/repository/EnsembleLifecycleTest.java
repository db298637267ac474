package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.nereid.memory.NativeMemory;
import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.observe.StatisticsSnapshot;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.statement.Statement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Ensembles in a repository: what loads and goes with what. */
@SuppressWarnings("NullAway.Init") // every test starts a repository
class EnsembleLifecycleTest {
    private static final String ENSEMBLE = """
            platform: "ensemble"
            max_batch_size: 8
            input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
            output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
            ensemble_scheduling { step [
              { model_name: "%s" model_version: -1
                input_map { key: "INPUT0" value: "INPUT0" } output_map { key: "OUTPUT0" value: "between" } },
              { model_name: "%s" model_version: -1
                input_map { key: "INPUT0" value: "between" } output_map { key: "OUTPUT0" value: "OUTPUT0" } } ] }
            """;

    @TempDir
    Path root;

    private final long bytesBefore = NativeMemory.liveBytes();
    private ModelRepository repository;

    @AfterEach
    void closes() {
        TestRepository.close(repository);
        // Less is no leak: tests before this one in the same JVM may give back what they had.
        assertThat(NativeMemory.liveBytes()).isLessThanOrEqualTo(bytesBefore);
    }

    private void write(String name, String config) {
        TestRepository.write(root, name, config, 1);
    }

    /** Models a and b of the identity backend and an ensemble e of both. */
    private void writeAll() {
        write("a", TestRepository.IDENTITY);
        write("b", TestRepository.IDENTITY);
        write("e", ENSEMBLE.formatted("a", "b"));
    }

    private void start(String... startup) {
        repository = TestRepository.start(RepositoryConfig.of(root).withMode(ControlMode.EXPLICIT, List.of(startup)));
    }

    private List<String> ready() {
        return repository.readyModels().stream().map(Model::name).toList();
    }

    private String answer(String model) {
        try (InferResponse response =
                TestRepository.infer(repository.find(model, "")).join()) {
            return response.modelName() + " " + response.outputs().size();
        }
    }

    private void load(String name) {
        repository.load(name, LoadParameters.NONE);
    }

    @Test
    @Statement(132)
    void loadsEnsemblesAfterTheirSteps() {
        writeAll();
        write("1-outer", ENSEMBLE.formatted("e", "e")); // before the others by name
        repository = TestRepository.start(TestRepository.config(ControlMode.NONE, root));
        assertThat(repository.startup().join()).isEmpty();
        assertThat(ready()).containsExactly("1-outer", "a", "b", "e");
        assertThat(answer("e")).isEqualTo("e 1");
        assertThat(answer("1-outer")).isEqualTo("1-outer 1");
        assertThat(repository.find("a", "").statistics().snapshot().inferenceCount())
                .isEqualTo(3);
        assertThat(repository
                        .find("1-outer", "")
                        .config()
                        .getModelTransactionPolicy()
                        .getDecoupled())
                .isFalse();
    }

    @Test
    @Statement(99)
    void failsAtTheModelThatNeedsWhatIsLeftOut() {
        writeAll();
        write(
                "e",
                ENSEMBLE.formatted("a", "b")
                        .replace("dims: [ -1 ] } ]\noutput", "dims: [ -1 ] optional: true } ]\noutput"));
        start("e");
        InferRequest request = new InferRequest(
                InferRequest.Header.of("e", "", ""), List.of(), List.of(), List.of(), System.nanoTime());
        assertThatThrownBy(() ->
                        TestRepository.infer(repository.find("e", ""), request).join())
                .hasMessageEndingWith(
                        "in ensemble 'e', [request id: <id_unknown>] expected 1 inputs but got 0 inputs for "
                                + "model 'a'. Got input(s) [], but missing required input(s) ['INPUT0']. Please provide all "
                                + "required input(s).");
    }

    @Test
    @Statement({100, 105})
    @Tag("found-15")
    void countsAndNamesEveryEnsembleOnTheWay() {
        writeAll();
        write("b", TestRepository.IDENTITY.replace("dims: [ -1 ]", "dims: [ 3 ]"));
        write("outer", ENSEMBLE.formatted("e", "a"));
        start("outer");
        assertThatThrownBy(() -> answer("outer"))
                .hasMessageContaining(
                        "in ensemble 'outer', in ensemble 'e', [request id: id] unexpected shape for input "
                                + "'INPUT0' for model 'b'. Expected [-1,3], got [1,2].");
        for (String name : List.of("outer", "e", "b")) {
            StatisticsSnapshot snapshot = repository.find(name, "").statistics().snapshot();
            assertThat(snapshot.success().count()).as(name).isZero();
        }
        for (String name : List.of("outer", "e", "b")) {
            assertThat(repository.find(name, "").statistics().snapshot().failures())
                    .as(name)
                    .containsEntry(FailureReason.OTHER, 1L)
                    .containsEntry(FailureReason.BACKEND, 0L);
        }
        write("b", TestRepository.IDENTITY);
        load("b");
        answer("outer");
        long inner = repository
                .find("e", "")
                .statistics()
                .snapshot()
                .compute()
                .infer()
                .nanos();
        long last = repository
                .find("a", "")
                .statistics()
                .snapshot()
                .compute()
                .infer()
                .nanos();
        assertThat(repository
                        .find("outer", "")
                        .statistics()
                        .snapshot()
                        .compute()
                        .infer()
                        .nanos())
                .as("a ran twice, once for each ensemble; the failed request counts nothing")
                .isGreaterThanOrEqualTo(inner)
                .isLessThanOrEqualTo(inner + last);
    }

    @Test
    void loadsTheModelsOfTheStepsOfWhatIsAskedFor() {
        writeAll();
        start("e");
        assertThat(ready()).containsExactly("a", "b", "e");
        assertThat(answer("e")).isEqualTo("e 1");
    }

    @Test
    @Statement(132)
    void saysWhichStepIsMissing() {
        writeAll();
        write("broken", TestRepository.IDENTITY.replace("FP32", "FP8"));
        write("f", ENSEMBLE.formatted("a", "nope"));
        write("g", ENSEMBLE.formatted("a", "broken"));
        write("h", ENSEMBLE.formatted("a", "f"));
        write("i", ENSEMBLE.formatted("a", "b").replace("\"b\" model_version: -1", "\"b\" model_version: 3"));
        write("j", ENSEMBLE.formatted("a", "unknown"));
        write("unknown", TestRepository.IDENTITY.replace("identity", "unknown"));
        start("a");
        assertThatThrownBy(() -> load("f"))
                .hasMessage(
                        "load failed for model 'f': ensemble f contains models that are not available or ambiguous: "
                                + "nope\n");
        assertThatThrownBy(() -> load("g")).hasMessageContaining("ambiguous: broken");
        assertThatThrownBy(() -> load("h"))
                .hasMessage(
                        "load failed for model 'h': ensemble 'h' depends on 'f' which is not valid. Model 'f' failed "
                                + "with error: ensemble f contains models that are not available or ambiguous: nope\n");
        assertThatThrownBy(() -> load("i"))
                .hasMessage("load failed for model 'i': ensemble 'i' depends on 'b' whose required version 3 is not "
                        + "loaded.\n");
        assertThatThrownBy(() -> load("j"))
                .hasMessageStartingWith(
                        "load failed for model 'j': ensemble 'j' depends on 'unknown' which has no loaded "
                                + "version. Model 'unknown' loading failed with error: version 1 is at UNAVAILABLE state: ");
        assertThat(repository.index(false).stream()
                        .filter(entry -> entry.name().equals("f"))
                        .findFirst())
                .hasValueSatisfying(entry -> assertThat(entry.reason()).endsWith("ambiguous: nope"));
        assertThat(ready()).containsExactly("a", "b");
    }

    @Test
    @Statement(93)
    void refusesEnsemblesInACircle() {
        writeAll();
        write("f", ENSEMBLE.formatted("a", "g"));
        write("g", ENSEMBLE.formatted("f", "b"));
        write("h", ENSEMBLE.formatted("a", "h"));
        repository = TestRepository.start(TestRepository.config(ControlMode.NONE, root));
        assertThat(repository.startup().join())
                .containsExactly(
                        "load failed for model 'f': circular dependency between ensembles: f -> ... -> g -> f",
                        "load failed for model 'g': circular dependency between ensembles: g -> ... -> f -> g",
                        "load failed for model 'h': circular dependency between ensembles: h -> ... -> h -> h");
        assertThat(ready()).containsExactly("a", "b", "e");
        assertThat(repository.isReady()).as("nothing was to be loaded of them").isTrue();
    }

    @Test
    @Statement(94)
    void refusesAnEnsembleWithALargerBatchThanAStep() {
        writeAll();
        write("b", TestRepository.IDENTITY.replace("max_batch_size: 8", "max_batch_size: 4"));
        start("a");
        assertThatThrownBy(() -> load("e"))
                .hasMessage(
                        "load failed for model 'e': ensemble e allows maximum batch size 8, but it contains model b "
                                + "which only allows maximum batch size to be 4\n");
    }

    @Test
    void unloadsAnEnsembleWithAModelThatItNeedsAndBringsItBack() {
        writeAll();
        write("outer", ENSEMBLE.formatted("e", "a"));
        start("outer");
        repository.unload("b", false);
        assertThat(ready()).containsExactly("a");
        assertThat(repository.index(false).stream().map(IndexEntry::reason)).contains("unloaded");
        assertThat(repository.isReady()).as("everything went on purpose").isTrue();
        load("b");
        assertThat(ready()).containsExactly("a", "b", "e", "outer");
        assertThat(answer("outer")).isEqualTo("outer 1");
    }

    @Test
    void unloadsOnlyTheEnsembleByItself() {
        writeAll();
        start("e");
        repository.unload("e", false);
        assertThat(ready()).containsExactly("a", "b");
    }

    @Test
    void unloadsTheModelsThatWereLoadedForTheEnsembleAlone() {
        writeAll();
        write("c", TestRepository.IDENTITY);
        write("f", ENSEMBLE.formatted("b", "c"));
        start("a", "e");
        load("f");
        repository.unload("e", true);
        assertThat(ready()).as("a was asked for, b is needed by f").containsExactly("a", "b", "c", "f");
        repository.unload("f", true);
        assertThat(ready()).containsExactly("a");
    }

    @Test
    void goesWhenAStepChangesSoThatItDoesNotFit() {
        writeAll();
        start("e", "b");
        write("b", TestRepository.IDENTITY.replace("FP32", "INT32"));
        load("b");
        assertThat(ready()).containsExactly("a", "b");
        write("b", TestRepository.IDENTITY.replace("max_batch_size: 8", "max_batch_size: 16"));
        load("b");
        assertThat(ready()).containsExactly("a", "b", "e");
    }

    @Test
    void usesTheNewestVersionOfAStepAtOnce() throws IOException {
        writeAll();
        start("e");
        Files.createDirectories(root.resolve("b/2"));
        load("b");
        answer("e");
        assertThat(repository.find("b", "").version()).isEqualTo(2);
        assertThat(repository.find("b", "2").statistics().snapshot().inferenceCount())
                .isEqualTo(1);
    }

    @Test
    void keepsAnEnsembleThatDidNotChange() {
        writeAll();
        start("e");
        Model before = repository.find("e", "");
        load("e");
        load("a");
        assertThat(repository.find("e", "")).isSameAs(before);
    }

    @Test
    void survivesOperationsOnItsModelsAtTheSameTime() throws InterruptedException {
        writeAll();
        start("e", "b");
        List<Thread> threads = new ArrayList<>();
        for (String name : List.of("a", "b", "e", "e")) {
            threads.add(Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 25; i++) {
                    try {
                        repository.unload(name, name.equals("e"));
                        load(name);
                        answer("e");
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
        load("a");
        load("e");
        assertThat(ready()).containsExactly("a", "b", "e");
        assertThat(answer("e")).isEqualTo("e 1");
    }

    @Test
    void keepsAnEnsembleOfAClientsFilesWhenAStepIsLoadedAnew() {
        writeAll();
        start("a", "b");
        String json = """
                {"platform": "ensemble", "max_batch_size": 8,
                 "input": [{"name": "INPUT0", "data_type": "TYPE_FP32", "dims": [-1]}],
                 "output": [{"name": "OUTPUT0", "data_type": "TYPE_FP32", "dims": [-1]}],
                 "ensemble_scheduling": {"step": [{"model_name": "a", "model_version": -1,
                   "input_map": {"INPUT0": "INPUT0"}, "output_map": {"OUTPUT0": "OUTPUT0"}}]}}""";
        repository.load("sent", new LoadParameters(json, Map.of("1/nothing", new byte[0])));
        Model before = repository.find("sent", "");
        assertThat(answer("sent")).isEqualTo("sent 1");
        write("a", TestRepository.IDENTITY.replace("max_batch_size: 8", "max_batch_size: 9"));
        load("a");
        assertThat(repository.find("sent", "")).isSameAs(before);
        repository.unload("a", false);
        assertThat(ready()).containsExactly("b");
        load("a");
        assertThat(answer("sent")).isEqualTo("sent 1");
    }

    @Test
    void findsItsStepsWhileItPolls() throws IOException {
        write("a", TestRepository.IDENTITY);
        write("e", ENSEMBLE.formatted("a", "b"));
        repository = TestRepository.start(TestRepository.config(ControlMode.POLL, root));
        assertThat(ready()).containsExactly("a");
        write("b", TestRepository.IDENTITY);
        repository.poll();
        assertThat(ready()).containsExactly("a", "b", "e");
        Files.delete(root.resolve("b/config.pbtxt"));
        Files.delete(root.resolve("b/1"));
        Files.delete(root.resolve("b"));
        repository.poll();
        assertThat(ready()).containsExactly("a");
    }

    @Test
    void saysOnlyOnceWhatAPollLacks() {
        write("b", TestRepository.IDENTITY);
        write("e", ENSEMBLE.formatted("a", "b"));
        Logger log = (Logger) LoggerFactory.getLogger(DependentLoads.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        try {
            repository = TestRepository.start(TestRepository.config(ControlMode.POLL, root));
            repository.poll();
            repository.poll();
        } finally {
            log.detachAppender(lines);
        }
        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .filteredOn(line -> line.startsWith("model 'a', a step of ensemble 'e', cannot be loaded"))
                .hasSize(1);
    }

    @Test
    void showsTheLabelsOfTheStepThatGivesAnOutput() throws IOException {
        writeAll();
        write("b", TestRepository.IDENTITY.replace("name: \"OUTPUT0\"", "name: \"OUTPUT0\" label_filename: \"l\""));
        Files.writeString(root.resolve("b/l"), "zero\none\n");
        start("e");
        assertThat(repository.find("e", "").labels("OUTPUT0")).containsExactly("zero", "one");
    }

    /** An ensemble whose first step, a, waits for the test; the second is b. */
    private FakeBackend startHeld() {
        FakeBackend backend = new FakeBackend();
        write("a", FakeBackend.CONFIG);
        write("b", TestRepository.IDENTITY);
        write("e", ENSEMBLE.formatted("a", "b"));
        repository = TestRepository.start(TestRepository.config(ControlMode.EXPLICIT, root), backend);
        backend.mayExecute = new Semaphore(0);
        return backend;
    }

    @Test
    @Statement({104, 130})
    void finishesARequestAfterItsModelsAreUnloaded() {
        FakeBackend backend = startHeld();
        Model second = repository.find("b", "");
        CompletableFuture<InferResponse> answer = TestRepository.infer(repository.find("e", ""));
        repository.unload("b", false); // its step has not started
        assertThat(ready()).containsExactly("a");
        assertThat(second.inFlight()).isEqualTo(1);
        assertThatThrownBy(() -> TestRepository.infer(second).join())
                .hasCauseInstanceOf(InferException.class)
                .hasMessageContaining("is not at ready state");
        backend.mayExecute.release(10);
        answer.join().close();
        second.released().orTimeout(30, TimeUnit.SECONDS).join();
        assertThat(second.statistics().snapshot().inferenceCount()).isEqualTo(1);
    }

    @Test
    @Statement({7, 135})
    void finishesARequestWhileTheServerStops() {
        FakeBackend backend = startHeld();
        Model ensemble = repository.find("e", "");
        Model second = repository.find("b", "");
        CompletableFuture<InferResponse> answer = TestRepository.infer(ensemble);
        repository.refuse();
        assertThatThrownBy(() -> TestRepository.infer(ensemble).join()).hasMessageContaining("Server is stopping");
        backend.mayExecute.release(10);
        answer.join().close();
        assertThatThrownBy(() -> TestRepository.infer(second).join()).hasMessageContaining("Server is stopping");
    }
}
