package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Models that take 1 MiB each, loaded by the requests for them. */
@Timeout(120)
class OnDemandModelsTest {
    private static final int MIB = 1 << 20;

    @TempDir
    private Path root;

    private final FakeBackend backend = new FakeBackend();
    private final List<ModelRepository> started = new ArrayList<>();

    @AfterEach
    void close() {
        backend.mayLoad.countDown();
        backend.mayExecute.release(1 << 20);
        started.forEach(TestRepository::close);
    }

    private ModelRepository start(int budgetMib, String... models) throws IOException {
        for (String model : models) {
            TestRepository.write(root, model, FakeBackend.CONFIG, 1);
            Files.write(root.resolve(model).resolve("1").resolve("weights"), new byte[MIB]);
        }
        ModelRepository repository =
                TestRepository.start(RepositoryConfig.of(root).onDemand((long) budgetMib * MIB), backend);
        started.add(repository);
        return repository;
    }

    private static List<String> loaded(ModelRepository repository) {
        return repository.readyModels().stream().map(Model::name).toList();
    }

    private static void ask(ModelRepository repository, String model) {
        try (InferResponse response =
                TestRepository.infer(repository.findForRequest(model, "")).join()) {
            assertThat(response.modelName()).isEqualTo(model);
        }
    }

    private static <T> Future<T> inBackground(Callable<T> work) {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            return thread.submit(work);
        } finally {
            thread.shutdown();
        }
    }

    @Test
    void aRequestLoadsTheModelThatItIsFor() throws IOException {
        ModelRepository repository = start(3, "a", "b");
        assertThat(loaded(repository)).isEmpty();
        assertThat(repository.isReady()).isTrue();
        ask(repository, "b");
        assertThat(loaded(repository)).containsExactly("b");
        assertThat(repository.find("a", "1").name()).isEqualTo("a");
        assertThat(loaded(repository)).containsExactly("a", "b");
    }

    @Test
    void theModelThatWasAskedForLeastRecentlyGoes() throws IOException {
        ModelRepository repository = start(3, "a", "b", "c", "d");
        for (String model : List.of("a", "b", "c", "a", "d")) {
            ask(repository, model);
        }
        assertThat(loaded(repository)).containsExactly("a", "c", "d");
        ask(repository, "b");
        assertThat(loaded(repository)).containsExactly("a", "b", "d");
    }

    @Test
    void aModelWithRequestsInFlightStays() throws Exception {
        ModelRepository repository = start(2, "a", "b", "c");
        backend.mayExecute = new Semaphore(0);
        CompletableFuture<InferResponse> slow = TestRepository.infer(repository.findForRequest("a", ""));
        repository.find("b", "");
        repository.find("c", ""); // b goes, though a was asked for before
        assertThat(loaded(repository)).containsExactly("a", "c");
        CompletableFuture<InferResponse> other = TestRepository.infer(repository.findForRequest("c", ""));
        Future<Model> waits = inBackground(() -> repository.find("b", ""));
        assertThat(loaded(repository)).containsExactly("a", "c");
        assertThat(waits.isDone()).isFalse();
        backend.mayExecute.release(2);
        slow.join().close();
        other.join().close();
        assertThat(waits.get(30, TimeUnit.SECONDS).name()).isEqualTo("b");
        assertThat(loaded(repository)).hasSize(2).contains("b");
    }

    @Test
    void requestsForOneModelWaitForOneLoad() throws Exception {
        ModelRepository repository = start(2, "a");
        backend.mayLoad = new CountDownLatch(1);
        List<Future<Model>> waiting = IntStream.range(0, 20)
                .mapToObj(_ -> inBackground(() -> repository.find("a", "")))
                .toList();
        while (backend.loads.get() == 0) {
            Thread.onSpinWait();
        }
        backend.mayLoad.countDown();
        for (Future<Model> each : waiting) {
            assertThat(each.get(30, TimeUnit.SECONDS).name()).isEqualTo("a");
        }
        assertThat(backend.loads).hasValue(1);
    }

    @Test
    void aLoadThatFailsIsNotTriedAgainAtOnce() throws IOException {
        ModelRepository repository = start(2, "a");
        Files.createFile(root.resolve("a/1/broken"));
        assertThat(repository.isReady("a", "")).isTrue();
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> repository.findForRequest("a", ""))
                    .isInstanceOfSatisfying(
                            InferException.class, e -> assertThat(e.code()).isEqualTo(InferException.Code.UNAVAILABLE))
                    .hasMessageContaining("model 'a' cannot be loaded: ")
                    .hasMessageContaining("the file is broken");
        }
        assertThat(backend.loads).hasValue(1);
        assertThat(repository.isReady("a", "")).isFalse();
    }

    @Test
    void aModelThatIsLargerThanTheBudgetIsRefused() throws IOException {
        ModelRepository repository = start(1, "a", "large");
        Files.write(root.resolve("large/1/more"), new byte[MIB]);
        ask(repository, "a");
        assertThatThrownBy(() -> repository.find("large", ""))
                .hasMessageContaining("model 'large' cannot be loaded: it needs about 2 MiB of memory, more than all"
                        + " models may take (--model-memory-budget, 1 MiB)");
        assertThat(loaded(repository)).containsExactly("a");
    }

    @Test
    void whatIsNotThereIsUnknown() throws IOException {
        ModelRepository repository = start(1, "a");
        for (String name : List.of("b", "", "../a", "a/1")) {
            assertThatThrownBy(() -> repository.findForRequest(name, "")).hasMessageContaining("unknown model");
            assertThat(repository.isReady(name, "")).isFalse();
        }
        assertThat(repository.isReady("a", "1")).isTrue();
        assertThat(repository.isReady("a", "2")).isFalse();
        assertThatThrownBy(() -> repository.find("a", "2")).hasMessageContaining("version 2");
    }

    @Test
    void whatWasLoadedByNameStaysUntilItIsUnloaded() throws IOException {
        ModelRepository repository = start(2, "a", "b", "c");
        repository.load("a", LoadParameters.NONE);
        ask(repository, "b");
        ask(repository, "c");
        assertThat(loaded(repository)).containsExactly("a", "c");
        repository.unload("a", false);
        assertThat(loaded(repository)).containsExactly("c");
        ask(repository, "a");
        ask(repository, "b");
        assertThat(loaded(repository)).containsExactly("a", "b");
    }

    @Test
    void aRequestThatHadFoundItsModelBeforeItWentIsAnswered() throws IOException {
        ModelRepository repository = start(1, "a", "b");
        Model found = repository.findForRequest("a", "");
        ask(repository, "b");
        assertThat(loaded(repository)).containsExactly("b");
        TestRepository.infer(found).join().close();
        assertThat(loaded(repository)).containsExactly("a");
    }

    @Test
    void anEnsembleComesAndGoesWithItsSteps() throws IOException {
        TestRepository.write(root, "both", """
                platform: "ensemble" max_batch_size: 8
                input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
                output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
                ensemble_scheduling { step [
                  { model_name: "a" model_version: -1 input_map { key: "INPUT0" value: "INPUT0" }
                    output_map { key: "OUTPUT0" value: "between" } },
                  { model_name: "b" model_version: -1 input_map { key: "INPUT0" value: "between" }
                    output_map { key: "OUTPUT0" value: "OUTPUT0" } } ] }
                """, 1);
        ModelRepository repository = start(3, "a", "b", "c", "d");
        ask(repository, "c");
        ask(repository, "both");
        assertThat(loaded(repository)).containsExactly("a", "b", "both", "c");
        ask(repository, "d");
        assertThat(loaded(repository)).containsExactly("a", "b", "both", "d");
        ask(repository, "both");
        ask(repository, "d");
        ask(repository, "c");
        assertThat(loaded(repository)).containsExactly("c", "d");
    }

    @Test
    void noRequestFailsWhileModelsComeAndGo() throws Exception {
        String[] models = IntStream.range(0, 20).mapToObj(i -> "m" + i).toArray(String[]::new);
        int budget = 4;
        ModelRepository repository = start(budget, models);
        List<Future<Integer>> clients = IntStream.range(0, 4)
                .mapToObj(client -> inBackground(() -> {
                    SplittableRandom random = new SplittableRandom(client);
                    int answered = 0;
                    for (; answered < 300; answered++) {
                        // About Zipf's law: the first ones are asked for most.
                        ask(repository, models[(int) (Math.pow(models.length + 1, random.nextDouble()) - 1)]);
                    }
                    return answered;
                }))
                .toList();
        for (Future<Integer> client : clients) {
            assertThat(client.get(100, TimeUnit.SECONDS)).isEqualTo(300);
        }
        assertThat(backend.mostOpen).hasValue(budget);
        assertThat(backend.loads.get()).isGreaterThan(models.length);
    }
}
