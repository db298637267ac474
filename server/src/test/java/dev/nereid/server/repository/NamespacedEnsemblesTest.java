package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferException.Code;
import dev.nereid.server.repository.folders.ModelId;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** Which of the models of one name in several folders ensembles take. */
class NamespacedEnsemblesTest extends NamespacedModels {
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
