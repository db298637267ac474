package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.NativeMemory;
import dev.nereid.server.CapturedLog;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.statement.Statement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelLifecycleTest {
    @TempDir
    Path root;

    private final FakeBackend backend = new FakeBackend();
    private final List<ModelRepository> started = new ArrayList<>();

    private ModelRepository start(ControlMode mode) {
        ModelRepository repository = TestRepository.start(TestRepository.config(mode, root), backend);
        started.add(repository);
        return repository;
    }

    /** Changes a version so that the next load sees it. */
    private void touch(String model, int version) throws IOException {
        Path file = root.resolve(model).resolve(Integer.toString(version)).resolve("model");
        Files.writeString(file, "x");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000L * (backend.loads.get() + 1)));
    }

    @AfterEach
    void close() {
        backend.mayExecute.release(1000);
        started.forEach(TestRepository::close);
    }

    @Test
    void logsTheFieldsOfAConfigThatHaveNoEffect() {
        TestRepository.write(
                root,
                "m",
                TestRepository.IDENTITY + "optimization { priority: PRIORITY_MAX cuda { graphs: true } }",
                1);
        try (CapturedLog log = CapturedLog.of(VersionLoader.class)) {
            TestRepository.close(TestRepository.start(RepositoryConfig.of(root)));
            assertThat(log.lines())
                    .anyMatch(line -> line.startsWith("model 'm': 'optimization.priority' has no effect: "))
                    .anyMatch(line -> line.startsWith("model 'm': 'optimization.cuda' has no effect: "));
        }
    }

    @Test
    void givesAllNativeMemoryBackAfterAHundredLoadsAndUnloads() {
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
        ModelRepository repository = start(ControlMode.EXPLICIT);
        repository.unload("m", false);
        long before = NativeMemory.liveBytes();
        for (int i = 0; i < 100; i++) {
            repository.load("m", LoadParameters.NONE);
            assertThat(NativeMemory.liveBytes()).isGreaterThan(before);
            TestRepository.infer(repository.find("m", "")).join().close();
            repository.unload("m", false);
            assertThat(NativeMemory.liveBytes()).as("after round " + i).isEqualTo(before);
        }
        assertThat(backend.loads).hasValue(101);
    }

    @Test
    @Statement(129)
    void reloadsWithoutAGapUnderConcurrentRequests() throws Exception {
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
        ModelRepository repository = start(ControlMode.EXPLICIT);
        AtomicBoolean stop = new AtomicBoolean();
        List<CompletableFuture<Integer>> clients = new ArrayList<>();
        for (int client = 0; client < 4; client++) {
            clients.add(CompletableFuture.supplyAsync(
                    () -> {
                        int answers = 0;
                        while (!stop.get()) {
                            TestRepository.infer(repository.find("m", ""))
                                    .join()
                                    .close();
                            answers++;
                        }
                        return answers;
                    },
                    Thread.ofPlatform()::start));
        }
        for (int i = 0; i < 30; i++) {
            touch("m", 1);
            repository.load("m", LoadParameters.NONE);
        }
        stop.set(true);
        for (CompletableFuture<Integer> client : clients) {
            assertThat(client.join()).isPositive();
        }
        assertThat(backend.loads).hasValue(31);
    }

    @Test
    @Statement(129)
    void sendsARequestThatComesTooLateToTheSuccessor() throws Exception {
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
        ModelRepository repository = start(ControlMode.EXPLICIT);
        Model old = repository.find("m", "");
        touch("m", 1);
        repository.load("m", LoadParameters.NONE);
        try (InferResponse response = TestRepository.infer(old).join()) {
            assertThat(response.id()).as("number of the load that answered").isEqualTo("2");
        }
    }

    @Test
    void isIdleForWhomeverHasClosedTheLastAnswer() {
        TestRepository.write(root, "m", TestRepository.IDENTITY, 1);
        Model model = start(ControlMode.EXPLICIT).find("m", "");
        CompletableFuture<Integer> inFlight = new CompletableFuture<>();
        model.infer(TestRepository.request("m", ""), new ResponseSink() {
            @Override
            public void respond(InferResponse response, boolean last) {
                response.close();
                inFlight.complete(model.inFlight());
            }

            @Override
            public void fail(InferException error) {
                inFlight.completeExceptionally(error);
            }

            @Override
            public void end() {}
        });
        assertThat(inFlight.orTimeout(30, TimeUnit.SECONDS).join()).isZero();
    }

    @Test
    @Statement({125, 127, 130})
    void letsRequestsInFlightFinishAfterAnUnload() {
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
        ModelRepository repository = start(ControlMode.EXPLICIT);
        long loaded = NativeMemory.liveBytes();
        backend.mayExecute = new Semaphore(0);
        Model model = repository.find("m", "");
        CompletableFuture<InferResponse> running = TestRepository.infer(model);
        CompletableFuture<InferResponse> waiting = TestRepository.infer(model);
        repository.unload("m", false);

        assertThat(repository.index(false)).containsExactly(new IndexEntry("m", "1", "UNLOADING", ""));
        assertThatThrownBy(() -> repository.find("m", "1"))
                .isInstanceOf(InferException.class)
                .hasMessage("Request for unknown model: 'm' version 1 is not at ready state");
        assertThatThrownBy(() -> TestRepository.infer(model).join())
                .hasRootCauseMessage("Request for unknown model: 'm' version 1 is not at ready state");
        assertThat(NativeMemory.liveBytes()).isEqualTo(loaded);

        backend.mayExecute.release(2);
        InferResponse first = running.join();
        waiting.join().close();
        assertThat(NativeMemory.liveBytes())
                .as("one response still needs the memory")
                .isEqualTo(loaded);
        first.close();
        model.released().join();
        assertThat(NativeMemory.liveBytes()).isLessThan(loaded);
        assertThat(repository.index(false)).containsExactly(new IndexEntry("m", "1", "UNAVAILABLE", "unloaded"));
    }

    @Test
    @Statement(128)
    void keepsTheOldVersionWhereAReloadFails() throws Exception {
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
        ModelRepository repository = start(ControlMode.EXPLICIT);
        Files.writeString(root.resolve("m/1/broken"), "");
        assertThatThrownBy(() -> repository.load("m", LoadParameters.NONE))
                .isInstanceOf(InferException.class)
                .hasMessage("load failed for model 'm': version 1 is at UNAVAILABLE state: Invalid argument: "
                        + "the file is broken;\n");
        TestRepository.infer(repository.find("m", "")).join().close();
        assertThat(repository.isReady()).isTrue();
    }

    @Test
    @Statement({125, 128})
    void loadsAllVersionsOrNone() throws Exception {
        TestRepository.write(root, "m", FakeBackend.CONFIG + "version_policy { all {} }", 1, 2);
        Files.writeString(root.resolve("m/2/broken"), "");
        long before = NativeMemory.liveBytes();
        ModelRepository repository = start(ControlMode.EXPLICIT);
        assertThat(repository.index(false))
                .containsExactly(
                        new IndexEntry("m", "1", "UNAVAILABLE", "not loaded because version 2 cannot be"),
                        new IndexEntry("m", "2", "UNAVAILABLE", "Invalid argument: the file is broken"));
        assertThat(NativeMemory.liveBytes()).isEqualTo(before);
        assertThat(repository.isReady()).isFalse();
        assertThat(repository.startup().join()).hasSize(1);
    }

    @Test
    void leavesAModelAloneThatHasNotChanged() {
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
        ModelRepository repository = start(ControlMode.EXPLICIT);
        Model model = repository.find("m", "");
        repository.load("m", LoadParameters.NONE);
        assertThat(repository.find("m", "")).isSameAs(model);
        assertThat(backend.loads).hasValue(1);
    }

    @Test
    @Statement(126)
    void movesToANewVersionAndDropsTheOldOne() {
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
        ModelRepository repository = start(ControlMode.EXPLICIT);
        TestRepository.write(root, "m", FakeBackend.CONFIG, 2);
        repository.load("m", LoadParameters.NONE);
        assertThat(repository.find("m", "").version()).isEqualTo(2);
        assertThat(repository.index(false))
                .containsExactly(
                        new IndexEntry("m", "1", "UNAVAILABLE", "unloaded"), new IndexEntry("m", "2", "READY", ""));
    }

    @Test
    @Statement({125, 134})
    void isNotReadyWhileAModelLoads() {
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
        backend.mayLoad = new CountDownLatch(1);
        ModelRepository repository =
                ModelRepository.start(TestRepository.config(ControlMode.NONE, root), new Backends(List.of(backend)));
        started.add(repository);
        assertThat(repository.isReady()).isFalse();
        assertThat(repository.isReady("m", "")).isFalse();
        backend.mayLoad.countDown();
        assertThat(repository.startup().join()).isEmpty();
        assertThat(repository.isReady()).isTrue();
        assertThat(repository.isReady("m", "1")).isTrue();
    }

    @Test
    @Statement(135)
    void closesWithinTheTimeoutOnlyIfRequestsFinish() {
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
        long before = NativeMemory.liveBytes();
        ModelRepository repository = start(ControlMode.NONE);
        backend.mayExecute = new Semaphore(0);
        CompletableFuture<InferResponse> running = TestRepository.infer(repository.find("m", ""));
        assertThat(repository.inFlight()).isEqualTo(1);
        assertThat(repository.close(Duration.ofMillis(50))).isFalse();
        assertThat(repository.isReady()).isFalse();
        backend.mayExecute.release();
        running.join().close();
        assertThat(repository.close(Duration.ofSeconds(30))).isTrue();
        assertThat(NativeMemory.liveBytes()).isEqualTo(before);
    }

    @Test
    @Statement(133)
    void followsTheFoldersWhenPolling() throws Exception {
        TestRepository.write(root, "first", FakeBackend.CONFIG, 1);
        ModelRepository repository = start(ControlMode.POLL);
        TestRepository.write(root, "second", FakeBackend.CONFIG, 1);
        Files.writeString(root.resolve("second/1/broken"), "");
        repository.poll();
        assertThat(repository.isReady("second", "")).isFalse();
        int loads = backend.loads.get();
        repository.poll();
        assertThat(backend.loads)
                .as("what failed is not tried again while it stays as it is")
                .hasValue(loads);

        Files.writeString(root.resolve("first/1/broken"), "");
        touch("first", 1);
        repository.poll();
        assertThat(backend.loads).as("a change is tried").hasValue(loads + 1);
        repository.poll();
        assertThat(backend.loads)
                .as("once, though what was there before goes on")
                .hasValue(loads + 1);
        assertThat(repository.isReady("first", "")).isTrue();
        Files.delete(root.resolve("first/1/broken"));
        Files.delete(root.resolve("first/1/model"));

        Files.delete(root.resolve("second/1/broken"));
        touch("second", 1);
        repository.poll();
        assertThat(repository.isReady("second", "")).isTrue();

        Files.delete(root.resolve("first/config.pbtxt"));
        Files.delete(root.resolve("first/1"));
        Files.delete(root.resolve("first"));
        repository.poll();
        assertThat(repository.isReady("first", "")).isFalse();
        assertThat(repository.index(false))
                .containsExactly(
                        new IndexEntry("first", "1", "UNAVAILABLE", "unloaded"),
                        new IndexEntry("second", "1", "READY", ""));
    }

    /** Starts a load whose backend waits, and returns when it is at it. */
    private CompletableFuture<Void> beginLoad(ModelRepository repository, CountDownLatch mayLoad) {
        int before = backend.loads.get();
        backend.mayLoad = mayLoad;
        CompletableFuture<Void> load = CompletableFuture.runAsync(
                () -> repository.load("m", LoadParameters.NONE),
                task -> Thread.ofPlatform().start(task));
        while (backend.loads.get() == before) {
            Thread.onSpinWait();
        }
        return load;
    }

    /** Runs an operation on another thread, and returns when it waits there. */
    private static CompletableFuture<Void> beginToWait(Runnable operation) {
        AtomicReference<Thread> thread = new AtomicReference<>();
        CompletableFuture<Void> running = CompletableFuture.runAsync(operation, task -> {
            thread.set(Thread.ofPlatform().unstarted(task));
            thread.get().start();
        });
        while (thread.get().getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        return running;
    }

    @Test
    void letsALoadWaitForTheOneThatIsUnderWay() throws Exception {
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
        ModelRepository repository = start(ControlMode.EXPLICIT);
        long loaded = NativeMemory.liveBytes();
        touch("m", 1);
        CountDownLatch mayLoad = new CountDownLatch(1);
        CompletableFuture<Void> older = beginLoad(repository, mayLoad);
        touch("m", 1);
        CompletableFuture<Void> newer = beginToWait(() -> repository.load("m", LoadParameters.NONE));
        assertThat(backend.loads).hasValue(2);

        mayLoad.countDown();
        older.join();
        newer.join();

        try (InferResponse response =
                TestRepository.infer(repository.find("m", "")).join()) {
            assertThat(response.id()).as("number of the load that answers").isEqualTo("3");
        }
        assertThat(NativeMemory.liveBytes()).as("the load before left nothing").isEqualTo(loaded);
    }

    @Test
    void letsAnUnloadWaitForTheLoadThatIsUnderWay() {
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
        ModelRepository repository = start(ControlMode.EXPLICIT);
        repository.unload("m", false);
        long before = NativeMemory.liveBytes();
        CountDownLatch mayLoad = new CountDownLatch(1);
        CompletableFuture<Void> load = beginLoad(repository, mayLoad);
        CompletableFuture<Void> unload = beginToWait(() -> repository.unload("m", false));

        mayLoad.countDown();
        load.join();
        unload.join();

        assertThat(repository.index(false)).containsExactly(new IndexEntry("m", "1", "UNAVAILABLE", "unloaded"));
        assertThat(NativeMemory.liveBytes()).isEqualTo(before);
    }

    @Test
    @Statement(132)
    void loadsAsManyModelsAtATimeAsThereAreLoadThreads() {
        for (String name : List.of("a", "b", "c")) {
            TestRepository.write(root, name, FakeBackend.CONFIG, 1);
        }
        RepositoryConfig base = TestRepository.config(ControlMode.NONE, root);
        backend.mayLoad = new CountDownLatch(1);
        ModelRepository repository = ModelRepository.start(base.withLoading(2, 0), new Backends(List.of(backend)));
        started.add(repository);
        while (backend.loads.get() < 2) {
            Thread.onSpinWait();
        }
        backend.mayLoad.countDown();
        assertThat(repository.startup().join()).isEmpty();
        assertThat(backend.mostAtATime).hasValue(2);
    }

    @Test
    @Statement(132)
    void triesALoadAgainAsOftenAsItIsAllowedTo() throws Exception {
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
        Files.writeString(root.resolve("m/1/broken"), "");
        RepositoryConfig base = TestRepository.config(ControlMode.NONE, root);
        ModelRepository repository = TestRepository.start(base.withLoading(4, 2), backend);
        started.add(repository);
        assertThat(repository.startup().join()).hasSize(1);
        assertThat(backend.loads).hasValue(3);
    }

    @Test
    @Statement({7, 134})
    void isNeitherLiveNorReadyWhileItExitsAndFinishesWhatIsInFlight() {
        TestRepository.write(root, "m", FakeBackend.CONFIG + "dynamic_batching {}", 1);
        ModelRepository repository = start(ControlMode.EXPLICIT);
        Model model = repository.find("m", "");
        backend.mayExecute = new Semaphore(0);
        CompletableFuture<InferResponse> running = TestRepository.infer(model);
        CompletableFuture<InferResponse> waiting = TestRepository.infer(model);
        repository.refuse();
        assertThatThrownBy(repository::checkNotExiting).isInstanceOfSatisfying(InferException.class, e -> {
            assertThat(e.code()).isEqualTo(InferException.Code.UNAVAILABLE);
            assertThat(e.text()).isEqualTo("Server exiting");
        });
        assertThat(repository.isReady()).isFalse();
        assertThatThrownBy(() -> TestRepository.infer(model).join())
                .cause()
                .hasMessageContaining(
                        "Server is stopping, scheduler for model has stopped accepting new inference " + "requests");
        assertThatThrownBy(() -> repository.load("m", LoadParameters.NONE)).hasMessage("Server not ready");
        backend.mayExecute.release(2);
        running.join().close();
        waiting.join().close();
    }

    @Test
    @Statement(1)
    void refusesABatchThatIsTooLargeBeforeItReachesAQueue() {
        TestRepository.write(root, "m", FakeBackend.CONFIG + "dynamic_batching {}", 1);
        ModelRepository repository = start(ControlMode.EXPLICIT);
        Model model = repository.find("m", "");
        backend.mayExecute = new Semaphore(0);
        CompletableFuture<InferResponse> running = TestRepository.infer(model);
        assertThatThrownBy(() -> TestRepository.infer(model, TestRepository.request("m", "", 9))
                        .join())
                .cause()
                .hasMessage("[request id: id] inference request batch-size must be <= 8 for 'm'");
        assertThat(model.statistics().snapshot().pendingCount()).isZero();
        backend.mayExecute.release(1);
        running.join().close();
    }

    @Test
    @Statement(55)
    void acceptsAndIgnoresEagerBatching() {
        TestRepository.write(
                root, "m", FakeBackend.CONFIG + "dynamic_batching {} optimization { eager_batching: true }", 1);
        ModelRepository repository = start(ControlMode.NONE);
        TestRepository.infer(repository.find("m", "")).join().close();
        assertThat(repository.find("m", "").config().getOptimization().getEagerBatching())
                .isTrue();
    }

    @Test
    @Statement(133)
    void takesTheWildcardOnlyAlone() {
        assertThatThrownBy(() -> RepositoryConfig.of(root).withMode(ControlMode.EXPLICIT, List.of("*", "m")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Wildcard model name '*' must be the ONLY startup model if specified at all.");
    }
}
