package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.ConfigText;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.BatchOrder;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.backend.TextLengths;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.StatisticsOptions;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.limit.Turn;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A scheduler under a virtual clock, with instances that work until the test lets them finish. */
final class SchedulerFixture {
    /** An instance's thread that waits for the test. */
    private static final class HeldThread implements Executor {
        private final Deque<Runnable> tasks = new ArrayDeque<>();
        private boolean broken;

        @Override
        public void execute(Runnable task) {
            if (broken) {
                throw new OutOfMemoryError("no thread");
            }
            tasks.addLast(task);
        }
    }

    /** An instance that notes the ids of its batch, lets execution time pass and answers. */
    private final class FakeInstance implements ModelInstance {
        private final String name;

        private FakeInstance(String name) {
            this.name = name;
        }

        @Override
        public void execute(Batch batch) {
            instances.add(name);
            batches.add(batch.executions().stream()
                    .map(execution -> execution.request().header().id())
                    .toList());
            clock.advanceMicros(inputMicros);
            batch.executions().getFirst().stage(Execution.Stage.INPUT_DONE);
            computing.accept(batch);
            clock.advanceMicros(inferMicros);
            batch.executions().getFirst().stage(Execution.Stage.INFER_DONE);
            clock.advanceMicros(outputMicros);
            if (failing) {
                throw InferException.internal("the model is broken");
            }
            answering.accept(batch);
        }

        @Override
        public void close() {
            closedInstances.incrementAndGet();
        }
    }

    final VirtualClock clock;
    final ModelStatistics statistics;
    final List<List<String>> batches = new ArrayList<>();
    /** The instance of every batch. */
    final List<String> instances = new ArrayList<>();

    final Map<String, String> answers = new LinkedHashMap<>();
    /** The parameters of the last response of every request. */
    final Map<String, Map<String, Parameter>> told = new LinkedHashMap<>();

    /** Every answer in the order of arrival, as {@code id answer}. */
    final List<String> heard = new ArrayList<>();

    final QueuedScheduler scheduler;
    final List<Lane> lanes;
    /** How an instance answers the batch that it has executed. */
    Consumer<Batch> answering = batch -> batch.executions().forEach(execution -> respond(execution, true));

    /** What an instance does between its inputs and the time that it computes. */
    Consumer<Batch> computing = _ -> {};

    long inputMicros;
    long inferMicros;
    long outputMicros;
    boolean failing;
    final AtomicInteger closedInstances = new AtomicInteger();

    private final List<HeldThread> threads = new ArrayList<>();

    SchedulerFixture(int instances, String configText) {
        this(instances, configText, new VirtualClock(), new SharedDevice());
    }

    /** A model that shares a device, and the clock, with others. */
    SchedulerFixture(int instances, String configText, VirtualClock clock, SharedDevice device) {
        this(
                configText,
                clock,
                device,
                Collections.nCopies(instances, Turn.FREE).toArray(Turn[]::new));
    }

    SchedulerFixture(int instances, ModelConfig config, RequestQueue queue) {
        this(Collections.nCopies(instances, Turn.FREE), config, queue, new VirtualClock());
    }

    /** A model with one instance that runs texts of different lengths together. */
    static SchedulerFixture mixing(TextLengths lengths, String configText) {
        ModelConfig config = config(configText);
        return new SchedulerFixture(1, config, Schedulers.queue(config, new SharedDevice(), lengths));
    }

    /** With one instance for each of these turns. */
    SchedulerFixture(String configText, Turn... turns) {
        this(configText, new VirtualClock(), new SharedDevice(), turns);
    }

    /** With one instance for each of these turns, and a device and a clock that others share. */
    SchedulerFixture(String configText, VirtualClock clock, SharedDevice device, Turn... turns) {
        this(List.of(turns), config(configText), Schedulers.queue(config(configText), device), clock);
    }

    /**
     * A model whose instances prepare a batch while they execute another: the lanes of the first are 0 and 1, those of the
     * second 2 and 3.
     */
    static SchedulerFixture preparing(int instances, String configText) {
        ModelConfig config = config(configText);
        return new SchedulerFixture(
                Collections.nCopies(2 * instances, Turn.FREE),
                config,
                Schedulers.queue(config, new SharedDevice()),
                new VirtualClock(),
                true);
    }

    private SchedulerFixture(List<Turn> turns, ModelConfig config, RequestQueue queue, VirtualClock clock) {
        this(turns, config, queue, clock, false);
    }

    /** @param pairs whether two lanes in a row are those of one instance */
    private SchedulerFixture(
            List<Turn> turns, ModelConfig config, RequestQueue queue, VirtualClock clock, boolean pairs) {
        this.clock = clock;
        statistics = new ModelStatistics(
                StatisticsOptions.of(config.getModelTransactionPolicy().getDecoupled()));
        List<Lane> lanes = new ArrayList<>();
        BatchOrder order = new BatchOrder();
        for (Turn turn : turns) {
            HeldThread thread = new HeldThread();
            threads.add(thread);
            String name = "i" + lanes.size() / (pairs ? 2 : 1);
            if (!pairs || lanes.size() % 2 == 0) {
                order = new BatchOrder();
            }
            Lane lane = new Lane(
                    name,
                    new FakeInstance(name),
                    thread,
                    () -> {},
                    pairs || turn.limiter().limits(),
                    turn);
            lanes.add(pairs ? lane.in(order) : lane);
        }
        this.lanes = List.copyOf(lanes);
        scheduler = new QueuedScheduler(config, queue, lanes, statistics, clock);
        queue.onTurn(scheduler::lookAgain);
    }

    /** The config of a model named m. */
    static ModelConfig config(String text) {
        return ConfigText.parse("name: 'm' " + text);
    }

    /** A response without tensors. */
    static void respond(Execution execution, boolean last) {
        String id = execution.request().header().id();
        execution.respond(new InferResponse("m", "1", id, Map.of(), List.of(), () -> {}), last);
    }

    /** A request of one item that arrives now. */
    InferRequest submit(String id) {
        return submit(id, 1);
    }

    /** A request of {@code batchSize} items that arrives now. */
    InferRequest submit(String id, long batchSize) {
        return submit(id, Shape.of(batchSize, 2), 0, 0);
    }

    InferRequest submit(String id, Shape shape, long priority, long timeoutMicros) {
        return submit(id, priority, timeoutMicros, input("X", shape));
    }

    /** A request of any inputs that arrives now. */
    InferRequest submit(String id, long priority, long timeoutMicros, InputTensor... inputs) {
        return submit(
                new InferRequest.Header(
                        "m", "", id, CorrelationId.NONE, false, false, priority, timeoutMicros, Map.of()),
                inputs);
    }

    InferRequest submit(InferRequest.Header header, InputTensor... inputs) {
        return submit(new InferRequest(header, List.of(inputs), List.of(), List.of(), clock.nanos()));
    }

    InferRequest submit(InferRequest request) {
        String id = request.header().id();
        scheduler.submit(request, new ResponseSink() {
            @Override
            public void respond(InferResponse response, boolean last) {
                told.put(id, response.parameters());
                hear(last ? "ok" : "part");
                response.close();
            }

            @Override
            public void fail(InferException error) {
                hear(error.code() + " " + error.text());
            }

            @Override
            public void end() {
                hear("end");
            }

            private void hear(String answer) {
                answers.put(id, answer);
                heard.add(id + " " + answer);
            }
        });
        return request;
    }

    /** An input of 32-bit integers: those given, then zeros. */
    static InputTensor input(String name, Shape shape, int... values) {
        MemorySegment memory = Arena.ofAuto().allocate(Math.max(shape.elements(), 1) * Integer.BYTES);
        MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_INT, 0, values.length);
        return new InputTensor(name, Tensor.of(DataType.INT32, shape, memory));
    }

    /** Whether an instance has a batch. */
    boolean isBusy(int instance) {
        return !threads.get(instance).tasks.isEmpty();
    }

    /** Instances that have a batch. */
    long busy() {
        return threads.stream().filter(thread -> !thread.tasks.isEmpty()).count();
    }

    /** Lets an instance's thread take no more tasks, or take them again. */
    void breakThread(int instance, boolean broken) {
        threads.get(instance).broken = broken;
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
