package dev.nereid.server.schedule.sequence;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.ConfigText;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.StatisticsOptions;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.Lane;
import dev.nereid.server.schedule.VirtualClock;
import dev.nereid.server.schedule.limit.Turn;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** A sequence batcher under a virtual clock, with instances that work until the test lets them finish. */
final class SequenceFixture {
    static final String FLAGS = "control_input { name: 'START' control { kind: CONTROL_SEQUENCE_START "
            + "int32_false_true: [ 0, 1 ] } } control_input { name: 'END' control { kind: CONTROL_SEQUENCE_END "
            + "fp32_false_true: [ -1, 1 ] } } control_input { name: 'READY' control { kind: CONTROL_SEQUENCE_READY "
            + "bool_false_true: [ false, true ] } } ";

    /** An instance's thread that waits for the test. */
    private static final class HeldThread implements Executor {
        private final Deque<Runnable> tasks = new ArrayDeque<>();

        @Override
        public void execute(Runnable task) {
            tasks.addLast(task);
        }
    }

    private final class FakeInstance implements ModelInstance {
        private final int number;

        private FakeInstance(int number) {
            this.number = number;
        }

        @Override
        public void execute(Batch batch) {
            runs.add(number + ":"
                    + batch.executions().stream()
                            .map(execution -> " " + name(execution))
                            .collect(Collectors.joining()));
            clock.advanceMicros(executionMicros);
            batch.executions().forEach(behaviour);
        }

        @Override
        public void close() {
            closedInstances.incrementAndGet();
        }
    }

    final VirtualClock clock = new VirtualClock();
    final ModelStatistics statistics = new ModelStatistics(StatisticsOptions.of(true));
    /** Batches in the order in which they began: the instance's number, then ids; {@code -} for padding. */
    final List<String> runs = new ArrayList<>();

    final Map<String, String> answers = new LinkedHashMap<>();
    final SequenceScheduler scheduler;
    /** What an instance does with each member of a batch. */
    Consumer<Execution> behaviour = SequenceFixture::answer;

    /** Longer than what runs on the caller's thread. */
    long executionMicros = 60;

    final AtomicInteger closedInstances = new AtomicInteger();

    /** All instances that there were, by number. */
    final List<Lane> lanes = new ArrayList<>();

    private final List<HeldThread> threads = new ArrayList<>();

    /** Requests of X: INT32 [1, 2] unless told otherwise, to batches of at most {@code maxBatchSize}. */
    SequenceFixture(int instances, int maxBatchSize, String batching) {
        this(
                instances,
                "max_batch_size: " + maxBatchSize + " input { name: 'X' data_type: TYPE_INT32 dims: 2 } "
                        + "sequence_batching { max_sequence_idle_microseconds: 1000000 " + batching + " }",
                Path.of("."),
                new SchedulerHold(0, 0));
    }

    SequenceFixture(int instances, String configText, Path modelFolder, SchedulerHold hold) {
        for (int i = 0; i < instances; i++) {
            lane();
        }
        scheduler = SequenceScheduler.of(config(configText), modelFolder, lanes, statistics, clock, hold);
    }

    /** With one instance that has this turn. */
    SequenceFixture(Turn turn, int maxBatchSize, String batching) {
        lane(turn);
        scheduler = SequenceScheduler.of(
                config("max_batch_size: " + maxBatchSize + " input { name: 'X' data_type: TYPE_INT32 dims: 2 } "
                        + "sequence_batching { " + batching + " }"),
                Path.of("."),
                lanes,
                statistics,
                clock,
                new SchedulerHold(0, 0));
    }

    /** One more instance. */
    Lane lane() {
        return lane(Turn.FREE);
    }

    private Lane lane(Turn turn) {
        HeldThread thread = new HeldThread();
        String name = "i" + threads.size();
        Lane lane = new Lane(name, new FakeInstance(threads.size()), thread, () -> {}, false, turn);
        threads.add(thread);
        lanes.add(lane);
        return lane;
    }

    static ModelConfig config(String text) {
        return ConfigText.parse("name: 'm' " + text);
    }

    private static String name(Execution execution) {
        String id = execution.request().header().id();
        return id.isEmpty() ? "-" : id;
    }

    static void answer(Execution execution) {
        String id = execution.request().header().id();
        execution.respond(new InferResponse("m", "1", id, Map.of(), List.of(), () -> {}), true);
    }

    /** A request in the making. */
    final class Draft {
        private final String id;
        private CorrelationId sequence = CorrelationId.NONE;
        private boolean start;
        private boolean end;
        private long timeoutMicros;
        private Shape shape = Shape.of(1, 2);

        private Draft(String id) {
            this.id = id;
        }

        Draft of(long number) {
            sequence = new CorrelationId.Numeric(number);
            return this;
        }

        Draft of(String text) {
            sequence = new CorrelationId.Textual(text);
            return this;
        }

        Draft start() {
            start = true;
            return this;
        }

        Draft end() {
            end = true;
            return this;
        }

        Draft timeout(long micros) {
            timeoutMicros = micros;
            return this;
        }

        Draft shape(long... dims) {
            shape = Shape.of(dims);
            return this;
        }

        /** Lets the request arrive now. */
        InferRequest submit() {
            InferRequest.Header header =
                    new InferRequest.Header("m", "", id, sequence, start, end, 0, timeoutMicros, Map.of());
            Tensor tensor = Tensor.of(
                    DataType.INT32, shape, Arena.ofAuto().allocate(Math.max(shape.elements(), 1) * Integer.BYTES));
            InferRequest request = new InferRequest(
                    header, List.of(new InputTensor("X", tensor)), List.of(), List.of(), clock.nanos());
            scheduler.submit(request, new Sink(id));
            return request;
        }
    }

    private final class Sink implements ResponseSink {
        private final String id;

        private Sink(String id) {
            this.id = id;
        }

        @Override
        public void respond(InferResponse response, boolean last) {
            if (last) {
                put("ok");
            }
            response.close();
        }

        @Override
        public void fail(InferException error) {
            put(error.code() + " " + error.text());
        }

        @Override
        public void end() {
            put("end");
        }

        private void put(String answer) {
            if (answers.put(id, answer) != null) {
                throw new IllegalStateException("request " + id + " was answered twice");
            }
        }
    }

    Draft request(String id) {
        return new Draft(id);
    }

    /** A request that starts a sequence arrives now. */
    InferRequest start(String id, long sequence) {
        return request(id).of(sequence).start().submit();
    }

    /** A request that continues a sequence arrives now. */
    InferRequest next(String id, long sequence) {
        return request(id).of(sequence).submit();
    }

    /** A request that ends a sequence arrives now. */
    InferRequest end(String id, long sequence) {
        return request(id).of(sequence).end().submit();
    }

    /** Instances that have a batch. */
    long busy() {
        return threads.stream().filter(thread -> !thread.tasks.isEmpty()).count();
    }

    /** Lets an instance finish the batch that it has; it may get another one at once. */
    void finish(int instance) {
        Runnable task = threads.get(instance).tasks.pollFirst();
        if (task == null) {
            throw new IllegalStateException("instance " + instance + " has nothing to do");
        }
        task.run();
    }

    /** Lets all instances finish until none has anything to do. */
    void finishAll() {
        while (busy() > 0) {
            for (int i = 0; i < threads.size(); i++) {
                if (!threads.get(i).tasks.isEmpty()) {
                    finish(i);
                }
            }
        }
    }
}
