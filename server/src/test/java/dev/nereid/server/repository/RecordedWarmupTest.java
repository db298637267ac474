package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.TextFormat;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelWarmup;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.repository.config.ModelConfigDefaults;
import dev.nereid.server.repository.folders.ModelFiles;
import dev.nereid.server.schedule.VirtualClock;
import dev.nereid.server.schedule.limit.RateLimiter;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests that are recorded, and replayed at the next load. */
@Timeout(60)
class RecordedWarmupTest {
    private static final String RECORD = "parameters { key: 'warmup.record' value { string_value: '3' } }";

    @TempDir
    Path root;

    private final FakeBackend backend = new FakeBackend();
    private final List<ModelRepository> started = new ArrayList<>();
    /** Batch size, shape of a request and its first value, of every execution. */
    private final List<String> executed = new CopyOnWriteArrayList<>();

    private ModelRepository start(String config) {
        backend.watching = (_, batch) -> {
            Execution first = batch.executions().getFirst();
            Tensor tensor = first.request().input("INPUT0").orElseThrow().tensor();
            executed.add(batch.executions().size() + " " + tensor.shape() + " "
                    + tensor.segment().get(ValueLayout.JAVA_FLOAT, 0));
        };
        TestRepository.write(root, "m", config, 1);
        ModelRepository repository = TestRepository.start(TestRepository.config(ControlMode.EXPLICIT, root), backend);
        started.add(repository);
        return repository;
    }

    private void close(ModelRepository repository) {
        started.remove(repository);
        TestRepository.close(repository);
        executed.clear();
    }

    private static InferRequest request(float first, long... dims) {
        Shape shape = Shape.of(dims);
        MemorySegment data = Arena.ofAuto().allocate(Math.max(shape.elements(), 1) * Float.BYTES);
        for (long i = 0; i < shape.elements(); i++) {
            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, first + i);
        }
        return new InferRequest(
                InferRequest.Header.of("m", "", ""),
                List.of(new InputTensor("INPUT0", Tensor.of(DataType.FP32, shape, data))),
                List.of(),
                List.of(),
                System.nanoTime());
    }

    private static void infer(ModelRepository repository, float first, long... dims) {
        TestRepository.infer(repository.find("m", ""), request(first, dims))
                .join()
                .close();
    }

    private Path recorded(int number) {
        return root.resolve("m/warmup/recorded/" + number + "/sample.pbtxt");
    }

    /** Waits for a recording, which is written behind the request's back. */
    private ModelWarmup await(int number) throws IOException {
        while (!Files.exists(recorded(number))) {
            LockSupport.parkNanos(1_000_000);
        }
        return TextFormat.parse(Files.readString(recorded(number)), ModelWarmup.class);
    }

    private List<String> folders() {
        try (Stream<Path> entries = Files.list(root.resolve("m/warmup/recorded"))) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void close() {
        started.forEach(TestRepository::close);
    }

    @Test
    void recordsTheFirstRequestOfEachShapeAndReplaysItBeforeTheModelIsReady() throws IOException {
        ModelRepository first = start(FakeBackend.CONFIG + RECORD);
        infer(first, 1, 1, 4);
        await(1);
        infer(first, 2, 1, 4);
        infer(first, 3, 2, 4);
        await(2);
        infer(first, 4, 1, 7);
        await(3);
        infer(first, 5, 1, 8);
        close(first);
        assertThat(folders()).containsExactly("1", "2", "3");
        assertThat(Files.getPosixFilePermissions(recorded(1).getParent()))
                .isSubsetOf(Set.of(
                        PosixFilePermission.OWNER_READ,
                        PosixFilePermission.OWNER_WRITE,
                        PosixFilePermission.OWNER_EXECUTE));

        ModelRepository second = start(FakeBackend.CONFIG + RECORD);
        assertThat(second.find("m", "").statistics().snapshot().executionCount())
                .as("before any request")
                .isEqualTo(3);
        assertThat(executed).containsExactly("1 [1,4] 1.0", "2 [1,4] 3.0", "1 [1,7] 4.0");
        infer(second, 6, 1, 9);
        close(second);
        assertThat(folders()).as("three, and no more").containsExactly("1", "2", "3");
    }

    @Test
    void aRecordingIsASampleAsAConfigHasIt() throws IOException {
        ModelRepository first = start(FakeBackend.CONFIG + RECORD);
        infer(first, 9, 2, 3);
        ModelWarmup sample = await(1);
        close(first);
        Path file = root.resolve("m/warmup")
                .resolve(sample.getInputsOrThrow("INPUT0").getInputDataFile());
        assertThat(file).hasSize(3 * Float.BYTES);
        start(FakeBackend.CONFIG
                + "parameters { key: 'warmup.replay_seconds' value { string_value: '0' } } model_warmup { "
                + TextFormat.printer().printToString(sample) + " }");
        assertThat(executed).containsExactly("2 [1,3] 9.0");
    }

    @Test
    void recordsNothingUnlessTheConfigAsksForIt() {
        ModelRepository repository = start(FakeBackend.CONFIG);
        infer(repository, 1, 1, 4);
        close(repository);
        assertThat(root.resolve("m/warmup")).doesNotExist();
    }

    @Test
    void leavesOutWhatDoesNotSuitTheModelAndLoadsItAllTheSame() throws IOException {
        ModelRepository first = start(FakeBackend.CONFIG.replace("[ -1 ]", "[ -1, 2 ]") + RECORD);
        infer(first, 1, 1, 4, 2);
        await(1);
        close(first);
        Files.createDirectories(recorded(2).getParent());
        Files.writeString(recorded(2), "this is no sample {");
        Files.createDirectories(recorded(3).getParent());
        Files.writeString(
                recorded(3),
                "name: 'x' batch_size: 1 inputs { key: 'INPUT0' value { data_type: TYPE_FP32 dims: 4 "
                        + "input_data_file: 'recorded/3/0' } }");
        Files.createDirectories(recorded(4).getParent());
        Files.writeString(
                recorded(4),
                "name: 'x' batch_size: 1 inputs { key: 'INPUT0' value { data_type: TYPE_FP32 dims: 4 zero_data: true } }");
        ModelRepository second = start(FakeBackend.CONFIG + RECORD);
        assertThat(second.startup().join()).isEmpty();
        assertThat(executed).containsExactly("1 [1,4] 0.0");
    }

    @Test
    void leavesOutWhatTheModelAnswersWithAnError() throws IOException {
        ModelRepository first = start(FakeBackend.CONFIG + RECORD);
        infer(first, 1, 1, 4);
        await(1);
        close(first);
        backend.watching = (_, _) -> {
            throw InferException.internal("the model is broken");
        };
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
        ModelRepository second = TestRepository.start(TestRepository.config(ControlMode.EXPLICIT, root), backend);
        started.add(second);
        assertThat(second.startup().join()).isEmpty();
    }

    @Test
    void recordsNoMoreThanTheConfigSaysThoughNoneCanBeReplayed() throws IOException {
        backend.watching = (_, _) -> {
            throw InferException.internal("the model is broken");
        };
        for (int start = 1; start <= 3; start++) {
            TestRepository.write(root, "m", FakeBackend.CONFIG + RECORD, 1);
            ModelRepository repository =
                    TestRepository.start(TestRepository.config(ControlMode.EXPLICIT, root), backend);
            started.add(repository);
            assertThat(TestRepository.infer(repository.find("m", ""), request(1, 1, 4)))
                    .failsWithin(Duration.ofSeconds(30));
            await(start);
            close(repository);
        }
        // A fourth start.
        ModelConfig config = ModelConfig.newBuilder().setName("m").build();
        new RequestRecorder(config, root.resolve("m/warmup"), 3, Set.of(), Runnable::run).offer(request(0, 1));
        assertThat(folders()).containsExactly("1", "2", "3");
    }

    @Test
    void knowsWhatIsRecordedAlsoWhereItIsNotReplayed() throws IOException {
        String config =
                FakeBackend.CONFIG + RECORD + "parameters { key: 'warmup.replay_seconds' value { string_value: '0' } }";
        ModelRepository first = start(config);
        infer(first, 1, 1, 4);
        await(1);
        close(first);
        ModelRepository second = start(config);
        assertThat(executed).isEmpty();
        infer(second, 2, 1, 4);
        infer(second, 3, 1, 5);
        assertThat(await(2).getInputsOrThrow("INPUT0").getDimsList()).containsExactly(5L);
        assertThat(folders()).containsExactly("1", "2");
    }

    @Test
    void leavesOutABatchThatIsLargerThanTheModelTakes() throws IOException {
        ModelRepository first = start(FakeBackend.CONFIG + RECORD);
        infer(first, 1, 5, 4);
        assertThat(await(1).getBatchSize()).isEqualTo(5);
        close(first);
        ModelRepository second = start(FakeBackend.CONFIG.replace("max_batch_size: 8", "max_batch_size: 4"));
        assertThat(second.startup().join()).isEmpty();
        assertThat(executed).isEmpty();
    }

    @Test
    void doesNotBringBackTheFolderOfAModelThatIsGone() {
        ModelConfig config = ModelConfig.newBuilder().setName("m").build();
        List<Runnable> writes = new ArrayList<>();
        RequestRecorder recorder = new RequestRecorder(config, root.resolve("m/warmup"), 9, Set.of(), writes::add);
        recorder.offer(request(0, 1));
        writes.getFirst().run();
        assertThat(root.resolve("m")).doesNotExist();
        recorder.offer(request(0, 2));
        assertThat(writes).hasSize(1);
    }

    @Test
    void keepsNoMoreInMemoryThanItsBoundWhileTheDiskIsSlow() throws IOException {
        Files.createDirectory(root.resolve("m"));
        ModelConfig config = ModelConfig.newBuilder().setName("m").build();
        List<Runnable> writes = new ArrayList<>();
        RequestRecorder recorder = new RequestRecorder(config, root.resolve("m/warmup"), 99, Set.of(), writes::add);
        long elements = RequestRecorder.MOST_BYTES / Float.BYTES;
        int most = (int) (RequestRecorder.MOST_WAITING_BYTES / RequestRecorder.MOST_BYTES);
        InferRequest large = request(0, elements);
        for (int i = 0; i <= most; i++) {
            // The same data in another shape.
            Tensor tensor = large.inputs().getFirst().tensor().withShape(Shape.of(1L << i, elements >> i));
            recorder.offer(new InferRequest(
                    large.header(), List.of(new InputTensor("INPUT0", tensor)), List.of(), List.of(), 0));
        }
        assertThat(writes).hasSize(most);
        writes.forEach(Runnable::run);
        recorder.offer(large);
        assertThat(writes).hasSize(most + 1);
    }

    @Test
    void replaysForNoLongerThanTheConfigSays() throws IOException {
        for (int i = 1; i <= 5; i++) {
            Files.createDirectories(recorded(i).getParent());
            Files.writeString(
                    recorded(i),
                    "name: 'x' batch_size: 1 inputs { key: 'INPUT0' value { data_type: TYPE_FP32 dims: " + i
                            + " zero_data: true } }");
        }
        VirtualClock clock = new VirtualClock();
        ModelStatistics statistics = new ModelStatistics();
        ModelConfig config = ModelConfigDefaults.apply(TextFormat.parse(
                "name: 'm' " + FakeBackend.CONFIG
                        + "parameters { key: 'warmup.replay_seconds' value { string_value: '8' } }",
                ModelConfig.class));
        backend.watching = (_, _) -> clock.advanceMicros(3_000_000);
        try (BackendModel model = backend.load(config, Path.of("1"));
                ModelInstances instances =
                        new ModelInstances(model, HostPolicies.NONE, RateLimiter.OFF.newModel(), false);
                WarmupSamples samples = new WarmupSamples(config, root.resolve("m"), statistics, clock)) {
            instances.change(config, samples::run).added().forEach(lane -> lane.close());
        }
        assertThat(statistics.snapshot().executionCount())
                .as("3, 6 and 9 seconds")
                .isEqualTo(3);
    }

    @Test
    void recordingIsNoChangeOfTheModel() throws IOException {
        TestRepository.write(root, "m", FakeBackend.CONFIG, 1);
        Files.createDirectories(root.resolve("m/warmup"));
        Files.writeString(root.resolve("m/warmup/data"), "data");
        Fingerprint before = Fingerprint.of(ModelConfig.getDefaultInstance(), ModelFiles.at(root.resolve("m")), 1);
        Files.createDirectories(recorded(1).getParent());
        Files.writeString(recorded(1), "anything");
        assertThat(Fingerprint.of(ModelConfig.getDefaultInstance(), ModelFiles.at(root.resolve("m")), 1))
                .isEqualTo(before);
        Files.writeString(root.resolve("m/warmup/data"), "more data");
        assertThat(Fingerprint.of(ModelConfig.getDefaultInstance(), ModelFiles.at(root.resolve("m")), 1))
                .isNotEqualTo(before);
    }

    @Test
    void recordsStrings() throws IOException {
        ModelConfig config = TextFormat.parse(
                "name: 'm' max_batch_size: 4 input { name: 'S' data_type: TYPE_STRING dims: 2 }", ModelConfig.class);
        Files.createDirectory(root.resolve("m"));
        RequestRecorder recorder = new RequestRecorder(config, root.resolve("m/warmup"), 1, Set.of(), Runnable::run);
        byte[][] strings = {{'a'}, {'b', 'c'}, {'d'}, {}};
        recorder.offer(new InferRequest(
                InferRequest.Header.of("m", "", ""),
                List.of(new InputTensor("S", Tensor.ofStrings(Shape.of(2, 2), strings))),
                List.of(),
                List.of(),
                0));
        assertThat(await(1).getBatchSize()).isEqualTo(2);
        assertThat(recorded(1).resolveSibling("0"))
                .hasBinaryContent(new byte[] {1, 0, 0, 0, 'a', 2, 0, 0, 0, 'b', 'c'});
    }

    @Test
    void leavesOutARequestThatIsTooLarge() throws IOException {
        Files.createDirectory(root.resolve("m"));
        ModelConfig config = ModelConfig.newBuilder().setName("m").build();
        RequestRecorder recorder = new RequestRecorder(config, root.resolve("m/warmup"), 1, Set.of(), Runnable::run);
        recorder.offer(request(0, RequestRecorder.MOST_BYTES / Float.BYTES + 1));
        assertThat(root.resolve("m")).isEmptyDirectory();
        recorder.offer(request(0, RequestRecorder.MOST_BYTES / Float.BYTES));
        assertThat(recorded(1)).exists();
    }

    @Test
    void stopsWhereTheFolderCannotBeWritten() throws IOException {
        Files.writeString(root.resolve("warmup"), "a file where the folder would be");
        ModelConfig config = ModelConfig.newBuilder().setName("m").build();
        List<Runnable> writes = new ArrayList<>();
        RequestRecorder recorder = new RequestRecorder(config, root.resolve("warmup"), 9, Set.of(), writes::add);
        recorder.offer(request(0, 1));
        writes.getFirst().run();
        recorder.offer(request(0, 2));
        assertThat(writes).hasSize(1);
    }

    @Test
    void refusesParametersThatMakeNoSense() {
        assertThat(failure("warmup.record", "many", ""))
                .contains("parameter 'warmup.record' of model 'm': expected a whole number from 0 to 1000, got 'many'");
        assertThat(failure("warmup.replay_seconds", "-1", ""))
                .contains("parameter 'warmup.replay_seconds' of model 'm': expected a whole number from 0 to 3600");
        assertThat(failure("warmup.recrod", "1", ""))
                .contains(
                        "expected one of [warmup.record, warmup.replay_seconds, warmup.sample_seconds], got 'warmup.recrod'");
        assertThat(failure("warmup.record", "1", "sequence_batching { }"))
                .contains("expected no such parameter beside sequence_batching, got '1'");
    }

    private String failure(String key, String value, String more) {
        String parameter = "parameters { key: '" + key + "' value { string_value: '" + value + "' } } ";
        return start(FakeBackend.CONFIG + parameter + more).startup().join().getFirst();
    }
}
