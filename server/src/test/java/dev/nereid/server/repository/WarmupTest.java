package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.nereid.memory.NativeMemory;
import dev.nereid.server.Until;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.observe.StatisticsSnapshot;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The model_warmup of a config. */
class WarmupTest {
    @TempDir
    Path root;

    private final FakeBackend backend = new FakeBackend();
    private final List<ModelRepository> started = new ArrayList<>();
    private final List<Batch> batches = new CopyOnWriteArrayList<>();
    private final List<float[]> numbers = new CopyOnWriteArrayList<>();
    private final List<String> instances = new CopyOnWriteArrayList<>();
    private Consumer<Execution> running = _ -> {};

    private ModelRepository start(String config, String warmup) {
        backend.watching = (instance, batch) -> {
            instances.add(instance);
            batches.add(batch);
            batch.executions().forEach(running);
            Tensor tensor = input();
            if (tensor.dataType() == DataType.FP32) { // its memory lives until the model is ready
                numbers.add(tensor.segment().toArray(ValueLayout.JAVA_FLOAT));
            }
        };
        TestRepository.write(root, "m", config + warmup, 1);
        ModelRepository repository = TestRepository.start(TestRepository.config(ControlMode.NONE, root), backend);
        started.add(repository);
        return repository;
    }

    private static String sample(String counts, String data) {
        return "model_warmup { name: 'sample' " + counts + " inputs { key: 'INPUT0' value { " + data + " } } }";
    }

    private Tensor input() {
        Execution execution = batches.getFirst().executions().getFirst();
        return execution.request().input("INPUT0").orElseThrow().tensor();
    }

    private String failure(String data) {
        return start(FakeBackend.CONFIG, sample("batch_size: 1", data))
                .startup()
                .join()
                .getFirst();
    }

    @AfterEach
    void close() {
        started.forEach(TestRepository::close);
    }

    @Test
    void logsEachIterationOfASampleInTheWordsThatScriptsLookFor() {
        Logger log = (Logger) LoggerFactory.getLogger(WarmupSamples.class);
        Level before = log.getLevel();
        log.setLevel(Level.DEBUG);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        try {
            start(FakeBackend.CONFIG, sample("batch_size: 1 count: 2", "data_type: TYPE_FP32 dims: 5 zero_data: true"))
                    .startup()
                    .join();
        } finally {
            log.detachAppender(lines);
            log.setLevel(before);
        }
        assertThat(List.copyOf(lines.list))
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "model 'm' instance m_0_0 is running warmup sample 'sample' for iteration 1",
                        "model 'm' instance m_0_0 is running warmup sample 'sample' for iteration 2");
    }

    @Test
    @Statement({122, 124, 155})
    void runsEachSampleAsOneBatchSoManyTimesOnEveryInstanceBeforeTheModelIsReady() {
        ModelRepository repository = start(
                FakeBackend.CONFIG.replace("count: 1", "count: 2"),
                sample("batch_size: 3 count: 4", "data_type: TYPE_FP32 dims: 5 zero_data: true"));
        assertThat(batches)
                .hasSize(8)
                .allSatisfy(batch -> assertThat(batch.executions()).hasSize(3));
        assertThat(instances).containsOnly("m_0_0", "m_0_1");
        assertThat(input().shape()).isEqualTo(Shape.of(1, 5));
        StatisticsSnapshot statistics = repository.find("m", "").statistics().snapshot();
        assertThat(statistics.executionCount()).as("as the backend reports").isEqualTo(8);
        assertThat(statistics.batches()).containsOnlyKeys(3L);
    }

    @Test
    @Statement(122)
    void leavesOutASampleOfBatchSizeZeroAndRunsOneWithoutACountOnce() {
        start(
                FakeBackend.CONFIG,
                sample("batch_size: 0 count: 7", "data_type: TYPE_FP32 dims: 5 zero_data: true")
                        + sample("batch_size: 2", "data_type: TYPE_FP32 dims: 5 random_data: true"));
        assertThat(batches).hasSize(1);
        float[] values = numbers.getFirst();
        assertThat(values).hasSize(5);
        assertThat(values[0]).isBetween(0f, 1f).isNotEqualTo(values[1]);
    }

    @Test
    @Statement(123)
    void readsDataFromTheModelsFolder() throws Exception {
        Files.createDirectories(root.resolve("m/warmup"));
        ByteBuffer data = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(
                root.resolve("m/warmup/numbers"),
                data.putFloat(1).putFloat(2).putFloat(3).array());
        start(FakeBackend.CONFIG, sample("batch_size: 1", "data_type: TYPE_FP32 dims: 2 input_data_file: 'numbers'"));
        assertThat(numbers.getFirst()).containsExactly(1, 2);
    }

    @Test
    @Statement(123)
    void makesOrReadsStrings() throws Exception {
        Files.createDirectories(root.resolve("m/warmup"));
        Files.write(root.resolve("m/warmup/words"), new byte[] {1, 0, 0, 0, 'a', 0, 0, 0, 0});
        String config = FakeBackend.CONFIG.replace("TYPE_FP32", "TYPE_STRING");
        start(
                config,
                sample("batch_size: 1", "data_type: TYPE_STRING dims: 2 input_data_file: 'words'")
                        + sample("batch_size: 1", "data_type: TYPE_STRING dims: 2 random_data: true"));
        assertThat(new String(input().strings()[0], StandardCharsets.UTF_8)).isEqualTo("a");
        Execution second = batches.get(1).executions().getFirst();
        assertThat(second.request().input("INPUT0").orElseThrow().tensor().strings())
                .isDeepEqualTo(new byte[][] {{}, {}});
    }

    @Test
    @Tag("found-14")
    void givesControlsOfSequencesTheShapeThatTheSequenceBatcherGivesThem() {
        String controls = "sequence_batching { control_input { name: 'START' control { kind: CONTROL_SEQUENCE_START "
                + "int32_false_true: [ 0, 1 ] } } } model_warmup { name: 'sample' batch_size: 8 inputs { key: 'INPUT0' "
                + "value { data_type: TYPE_FP32 dims: 2 zero_data: true } } inputs { key: 'START' value { "
                + "data_type: TYPE_INT32 dims: 1 zero_data: true } } }";
        ModelRepository repository = start(FakeBackend.CONFIG, controls);
        assertThat(repository.startup().join()).isEmpty();
        Execution execution = batches.getFirst().executions().getFirst();
        assertThat(execution.request().input("START").orElseThrow().tensor().shape())
                .isEqualTo(Shape.of(1, 1));
    }

    @Test
    @Statement(123)
    void wantsEveryDimSpecified() {
        assertThat(failure("data_type: TYPE_FP32 dims: -1 zero_data: true"))
                .contains("warmup setting expects all variable-size dimensions are specified for input 'INPUT0'");
    }

    @Test
    @Statement(123)
    void refusesAFileThatIsTooShortOrLiesElsewhere() throws Exception {
        Files.createDirectories(root.resolve("m/warmup"));
        Files.write(root.resolve("m/warmup/short"), new byte[4]);
        assertThat(failure("data_type: TYPE_FP32 dims: 2 input_data_file: 'short'"))
                .contains("warmup setting expects 8 bytes of data in 'short' for input 'INPUT0' of sample 'sample' for "
                        + "m, got 4");
        assertThat(failure("data_type: TYPE_FP32 dims: 2 input_data_file: '../config.pbtxt'"))
                .contains("lies outside of ");
        assertThat(failure("data_type: TYPE_FP32 dims: 2 input_data_file: 'missing'"))
                .contains("cannot read ")
                .contains("the data of input 'INPUT0' of warmup sample 'sample'");
    }

    @Test
    @Statement(124)
    void failsTheLoadWhereASampleIsAnsweredWithAnError() {
        long before = NativeMemory.liveBytes();
        backend.watching = (_, _) -> {
            throw InferException.internal("the model is broken");
        };
        TestRepository.write(
                root,
                "m",
                FakeBackend.CONFIG + sample("batch_size: 2", "data_type: TYPE_FP32 dims: 2 zero_data: true"),
                1);
        ModelRepository repository = TestRepository.start(TestRepository.config(ControlMode.NONE, root), backend);
        started.add(repository);
        assertThat(repository.startup().join())
                .singleElement()
                .asString()
                .contains("failed to run warmup sample 'sample': the model is broken; the model is broken; ");
        assertThat(NativeMemory.liveBytes()).isEqualTo(before);
    }

    @Test
    void refusesABatchThatIsLargerThanTheModelTakes() {
        for (String size : List.of("9", "2147483647", "4294967295")) {
            String sample = sample("batch_size: " + size, "data_type: TYPE_FP32 dims: 2 zero_data: true");
            assertThat(start(FakeBackend.CONFIG, sample).startup().join())
                    .singleElement()
                    .asString()
                    .contains("batch size " + size + " of warmup sample 'sample' for 'm', max allowed is 8");
        }
        assertThat(batches).isEmpty();
    }

    @Test
    @Statement(124)
    void failsTheLoadWhereASampleDoesNotSuitTheModel() {
        assertThat(failure("data_type: TYPE_INT32 dims: 2 zero_data: true"))
                .contains("failed to run warmup sample 'sample': ")
                .contains("data-type is 'INT32', but model 'm' expects 'FP32'");
    }

    /** A model that takes for ever is ready after the time that its samples have. */
    @Test
    @Tag("found-6")
    void cancelsASampleThatTakesTooLongAndLoadsTheModel() {
        String seconds = " parameters { key: 'warmup.sample_seconds' value { string_value: '1' } }";
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        Logger log = (Logger) LoggerFactory.getLogger(WarmupSamples.class);
        log.addAppender(lines);
        try {
            running = execution -> Until.until(
                    "the sample is cancelled", () -> execution.request().cancelled());
            ModelRepository repository = start(
                    FakeBackend.CONFIG + seconds,
                    sample("batch_size: 1 count: 3", "data_type: TYPE_FP32 dims: 1 zero_data: true"));
            assertThat(repository.startup().join()).isEmpty();
            assertThat(repository.isReady("m", "")).isTrue();
            assertThat(instances).hasSize(1);
            assertThat(lines.list)
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .anyMatch(line -> line.contains("warmup sample 'sample' was not over after 1 s"));
        } finally {
            log.detachAppender(lines);
        }
    }
}
