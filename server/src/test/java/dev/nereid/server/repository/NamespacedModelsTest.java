package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferException.Code;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.repository.folders.ModelId;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

/** Models of one name in several folders: how they are found, loaded and unloaded. */
class NamespacedModelsTest extends NamespacedModels {
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
    void takesARootThatIsGivenTwiceOnce() {
        write(a, "m");
        repository = TestRepository.start(RepositoryConfig.of(a, a).withNamespacing(true));
        assertThat(repository.startup().join()).isEmpty();
        answer(repository.find("m", ""));
    }
}
