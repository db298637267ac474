package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.nereid.memory.NativeMemory;
import dev.nereid.memory.ThreadAffinity;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.statement.Statement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Instance groups: which instances there are, where they run, and how a running model follows a change of them. */
class ModelInstancesTest {
    private static final String NO_GROUPS =
            FakeBackend.CONFIG.replace("instance_group [ { kind: KIND_CPU count: 1 } ]", "");

    @TempDir
    Path root;

    private final FakeBackend backend = new FakeBackend();
    private final List<ModelRepository> started = new ArrayList<>();

    private ModelRepository start(RepositoryConfig config) {
        ModelRepository repository = TestRepository.start(config, backend);
        started.add(repository);
        return repository;
    }

    private ModelRepository start(String groups) {
        TestRepository.write(root, "m", NO_GROUPS + groups, 1);
        return start(TestRepository.config(ControlMode.EXPLICIT, root));
    }

    /** Loads the model again with other groups. */
    private void change(ModelRepository repository, String groups) {
        TestRepository.write(root, "m", NO_GROUPS + groups, 1);
        repository.load("m", LoadParameters.NONE);
    }

    @AfterEach
    void close() {
        backend.mayExecute.release(1000);
        started.forEach(TestRepository::close);
    }

    @Test
    @Statement(115)
    void namesInstancesAfterTheirGroupAndNumber() {
        start("instance_group [ { kind: KIND_CPU count: 2 }, { name: 'mine' kind: KIND_MODEL } ]");
        assertThat(backend.made).containsExactly("m_0_0", "m_0_1", "mine_0");
    }

    @Test
    @Statement(114)
    void takesACpuWhereTheKindIsLeftToItAndAListedGpuDoesNotExist() {
        ModelRepository repository = start("instance_group [ { kind: KIND_AUTO gpus: [ 0 ] } ]");
        assertThat(repository
                        .find("m", "")
                        .config()
                        .getInstanceGroup(0)
                        .getKind()
                        .name())
                .isEqualTo("KIND_CPU");
    }

    @Test
    @Statement(116)
    void makesPassiveInstancesButGivesThemNoRequestsAndNoWarmUp() {
        Set<String> worked = ConcurrentHashMap.newKeySet();
        backend.watching = (name, _) -> worked.add(name);
        ModelRepository repository = start("instance_group [ { name: 'asleep' kind: KIND_CPU passive: true count: 3 }, "
                + "{ name: 'awake' kind: KIND_CPU } ] model_warmup { name: 'w' batch_size: 1 inputs { key: 'INPUT0' "
                + "value { data_type: TYPE_FP32 dims: 2 zero_data: true } } }");
        for (int i = 0; i < 4; i++) {
            TestRepository.infer(repository.find("m", "")).join().close();
        }
        assertThat(backend.made).contains("asleep_0", "asleep_1", "asleep_2");
        assertThat(worked).containsExactly("awake_0");
    }

    /** However quick it is: waiting for a GPU would keep a virtual thread's carrier from other requests. */
    @Test
    void runsAnInstanceOnAGpuOnAThreadOfItsOwn() throws InterruptedException {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        backend.gpus = List.of(0);
        backend.watching = (_, _) -> threads.add(Thread.currentThread());
        Model model = start("instance_group [ { kind: KIND_GPU gpus: 0 } ]").find("m", "");
        Thread client = Thread.ofVirtual().start(() -> {
            for (int i = 0; i < 200; i++) {
                TestRepository.infer(model).join().close();
            }
        });
        client.join();
        assertThat(threads).singleElement().matches(thread -> !thread.isVirtual(), "is a platform thread");
    }

    @Test
    void refusesAModelThatNothingWouldRun() {
        ModelRepository repository = start("instance_group [ { kind: KIND_CPU passive: true } ]");
        assertThat(repository.startup().join()).singleElement().asString().contains("has only passive instances");
    }

    @Test
    @Statement({11, 119})
    void letsEveryFreeInstanceTakeWorkFromTheOneQueue() {
        backend.mayExecute = new Semaphore(0);
        ModelRepository repository = start("instance_group [ { kind: KIND_CPU count: 3 } ]");
        Model model = repository.find("m", "");
        List<CompletableFuture<InferResponse>> answers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            answers.add(TestRepository.infer(model));
        }
        assertThat(model.statistics().snapshot().pendingCount())
                .as("three of four run")
                .isEqualTo(1);
        backend.mayExecute.release(4);
        answers.forEach(answer -> answer.join().close());
    }

    @Test
    @Statement(117)
    void keepsAnInstancesThreadOnTheProcessorsOfItsHostPolicy() {
        assumeTrue(ThreadAffinity.isSupported(), "this system cannot pin threads");
        int processor = ThreadAffinity.current().last();
        Map<String, Set<Integer>> ranOn = new ConcurrentHashMap<>();
        backend.watching = (name, _) -> ranOn.put(name, ThreadAffinity.current());
        TestRepository.write(root, "default", NO_GROUPS + "instance_group [ { name: 'd' kind: KIND_CPU } ]", 1);
        TestRepository.write(
                root, "own", NO_GROUPS + "instance_group [ { name: 'o' kind: KIND_CPU host_policy: 'mine' } ]", 1);
        TestRepository.write(root, "model", NO_GROUPS + "instance_group [ { name: 'm' kind: KIND_MODEL } ]", 1);
        ModelRepository repository = start(TestRepository.config(ControlMode.NONE, root)
                .withHostPolicies(new HostPolicies(Map.of(
                        "cpu", Map.of("cpu-cores", "" + processor),
                        "mine",
                                Map.of(
                                        "cpu-cores",
                                        "" + ThreadAffinity.current().first())))));
        for (String name : List.of("default", "own", "model")) {
            for (int i = 0; i < 3; i++) {
                TestRepository.infer(repository.find(name, "")).join().close();
            }
        }
        assertThat(ranOn.get("d_0")).containsExactly(processor);
        assertThat(ranOn.get("o_0")).containsExactly(ThreadAffinity.current().first());
        assertThat(ranOn.get("m_0")).isEqualTo(ThreadAffinity.current());
    }

    @Test
    @Statement(117)
    void refusesAModelWhoseHostPolicyWantsProcessorsThatThereAreNot() {
        assumeTrue(ThreadAffinity.isSupported(), "this system cannot pin threads");
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
        ModelRepository repository = start(TestRepository.config(ControlMode.NONE, root)
                .withHostPolicies(new HostPolicies(Map.of("cpu", Map.of("cpu-cores", "8000-8001")))));
        assertThat(repository.startup().join())
                .singleElement()
                .asString()
                .contains("host policy 'cpu' of model 'm' wants processors [8000, 8001], but this server may use ");
    }

    @Test
    @Statement(120)
    @Tag("found-12")
    void followsAChangeOfTheGroupsAloneInPlace() {
        ModelRepository repository = start("instance_group [ { kind: KIND_CPU count: 2 } ]");
        Model model = repository.find("m", "");
        change(repository, "instance_group [ { kind: KIND_CPU count: 3 }, { kind: KIND_MODEL } ]");
        assertThat(repository.find("m", "")).isSameAs(model);
        assertThat(backend.loads).hasValue(1);
        assertThat(backend.made).containsExactly("m_0_0", "m_0_1", "m_0_2", "m_1_0");
        assertThat(backend.closed).isEmpty();
        assertThat(model.config().getInstanceGroupCount()).isEqualTo(2);

        change(repository, "instance_group [ { name: 'renamed' kind: KIND_CPU count: 1 } ]");
        assertThat(backend.loads).hasValue(1);
        assertThat(backend.made).hasSize(4);
        assertThat(backend.closed).as("when the load returns").hasSize(3);
        TestRepository.infer(model).join().close();
        repository.unload("m", false);
        model.released().join();
        assertThat(backend.closed).containsExactlyInAnyOrder("m_0_0", "m_0_1", "m_0_2", "m_1_0");
    }

    @Test
    @Statement(120)
    @Tag("found-12")
    void letsASurplusInstanceFinishItsBatch() throws InterruptedException {
        ModelRepository repository = start("instance_group [ { kind: KIND_CPU count: 2 } ]");
        Model model = repository.find("m", "");
        backend.mayExecute = new Semaphore(0);
        List<CompletableFuture<InferResponse>> running =
                List.of(TestRepository.infer(model), TestRepository.infer(model));
        CompletableFuture<Void> change = CompletableFuture.runAsync(
                () -> change(repository, "instance_group [ { kind: KIND_CPU count: 1 } ]"), Thread.ofVirtual()::start);
        while (model.statistics().snapshot().scheduling().instances() == 2) {
            Thread.sleep(1);
        }
        assertThat(backend.closed).isEmpty();
        assertThat(change).as("returns when the surplus instance is closed").isNotDone();
        backend.mayExecute.release(3);
        running.forEach(answer -> answer.join().close());
        change.orTimeout(30, TimeUnit.SECONDS).join();
        assertThat(backend.closed).hasSize(1);
        TestRepository.infer(model).join().close();
        repository.unload("m", false);
        model.released().join();
        assertThat(backend.closed).containsExactlyInAnyOrder("m_0_0", "m_0_1");
    }

    @Test
    void letsASurplusInstanceGoOnWithItsSequences() throws InterruptedException {
        String batching = "sequence_batching { max_sequence_idle_microseconds: 60000000 direct {} } ";
        ModelRepository repository = start(batching + "instance_group [ { kind: KIND_CPU count: 3 } ]");
        Model model = repository.find("m", "");
        step(model, 1, true, false);
        step(model, 2, true, false);
        change(repository, batching + "instance_group [ { kind: KIND_MODEL } ]");
        assertThat(repository.find("m", "")).isSameAs(model);
        step(model, 1, false, false);
        step(model, 3, true, true);
        step(model, 2, false, true);
        step(model, 1, false, true);
        while (backend.closed.size() < 3) {
            Thread.sleep(1);
        }
        assertThat(backend.closed).containsExactlyInAnyOrder("m_0_0", "m_0_1", "m_0_2");
    }

    private static void step(Model model, long sequence, boolean start, boolean end) {
        InferRequest one = TestRepository.request("m", "");
        InferRequest.Header header =
                new InferRequest.Header("m", "", "id", new CorrelationId.Numeric(sequence), start, end, 0, 0, Map.of());
        TestRepository.infer(model, new InferRequest(header, one.inputs(), List.of(), List.of(), System.nanoTime()))
                .join()
                .close();
    }

    @Test
    @Statement(120)
    void loadsAnewWhereMoreThanTheGroupsHasChanged() throws Exception {
        ModelRepository repository = start("instance_group [ { kind: KIND_CPU count: 1 } ]");
        change(repository, "instance_group [ { kind: KIND_CPU count: 2 } ] dynamic_batching { }");
        assertThat(backend.loads).hasValue(2);
        Files.writeString(root.resolve("m/1/model"), "x");
        Files.setLastModifiedTime(root.resolve("m/1/model"), FileTime.fromMillis(1_000_000));
        change(repository, "instance_group [ { kind: KIND_CPU count: 1 } ] dynamic_batching { }");
        assertThat(backend.loads).hasValue(3);
    }

    @Test
    @Statement(120)
    void changesNothingWhereANewInstanceCannotBeMade() {
        ModelRepository repository = start("instance_group [ { kind: KIND_CPU count: 1 } ]");
        Model model = repository.find("m", "");
        assertThatThrownBy(() -> change(repository, "instance_group [ { kind: KIND_CPU passive: true } ]"))
                .isInstanceOf(InferException.class)
                .hasMessageContaining("has only passive instances");
        assertThat(repository.find("m", "")).isSameAs(model);
        TestRepository.infer(model).join().close();
    }

    @Test
    void givesAllMemoryBackAfterManyChanges() {
        long before = NativeMemory.liveBytes();
        ModelRepository repository = start("instance_group [ { kind: KIND_CPU count: 1 } ]");
        Model model = repository.find("m", "");
        for (int i = 0; i < 20; i++) {
            change(repository, "instance_group [ { kind: KIND_CPU count: " + (1 + i % 4) + " } ]");
            TestRepository.infer(model).join().close();
        }
        repository.unload("m", false);
        model.released().join();
        assertThat(NativeMemory.liveBytes()).isEqualTo(before);
    }
}
