package dev.nereid.server.schedule.ensemble;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.ConfigText;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.StatisticsOptions;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.Lane;
import dev.nereid.server.schedule.Scheduler;
import dev.nereid.server.schedule.Schedulers;
import dev.nereid.server.schedule.SharedDevice;
import dev.nereid.server.schedule.VirtualClock;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * A step's model with a real scheduler and an instance that works when the test says so. Its responses own their memory and
 * spoil it when they are closed, so that whoever reads too late reads nonsense.
 */
public final class FakeStepModel {
    /** An instance's thread that waits for the test. */
    private static final class HeldThread implements Executor {
        private final Deque<Runnable> tasks = new ArrayDeque<>();

        @Override
        public void execute(Runnable task) {
            tasks.addLast(task);
        }
    }

    private final class Instance implements ModelInstance {
        @Override
        public void execute(Batch batch) {
            clock.advanceMicros(inputMicros);
            batch.executions().getFirst().stage(Execution.Stage.INPUT_DONE);
            clock.advanceMicros(inferMicros);
            batch.executions().getFirst().stage(Execution.Stage.INFER_DONE);
            clock.advanceMicros(outputMicros);
            batch.executions().forEach(execution -> {
                requests.add(execution.request());
                answering.accept(execution);
            });
        }

        @Override
        public void close() {}
    }

    /** What the ensemble got of the model, for the requests of one ensemble request. */
    private final class Held implements StepModel {
        @Override
        public ModelConfig config() {
            return config;
        }

        @Override
        public void infer(InferRequest request, ResponseSink sink) {
            arrived.add(request);
            scheduler.submit(request, sink);
        }

        @Override
        public void close() {
            holds--;
        }
    }

    public final ModelConfig config;
    public final ModelStatistics statistics;
    /** Requests that reached the model, and those that its instance executed. */
    public final List<InferRequest> arrived = new ArrayList<>();

    public final List<InferRequest> requests = new ArrayList<>();
    /** How the instance answers; adds one to the sum of the inputs unless told otherwise. */
    public Consumer<Execution> answering = execution -> respond(execution, sum(execution) + 1);

    public int holds;
    public int openResponses;
    /** Longer than what a request may take on the thread that brings it. */
    long inputMicros = 100;

    long inferMicros;
    long outputMicros;

    private final VirtualClock clock;
    private final List<HeldThread> threads = new ArrayList<>();
    private final Scheduler scheduler;

    public FakeStepModel(String text, int instances, VirtualClock clock) {
        this.config = config(text);
        this.clock = clock;
        this.statistics = new ModelStatistics(
                StatisticsOptions.of(config.getModelTransactionPolicy().getDecoupled()));
        List<Lane> lanes = new ArrayList<>();
        for (int i = 0; i < instances; i++) {
            HeldThread thread = new HeldThread();
            threads.add(thread);
            lanes.add(new Lane("step_" + i, new Instance(), thread, () -> {}));
        }
        this.scheduler = Schedulers.of(config, lanes, statistics, clock, new SharedDevice());
    }

    public static ModelConfig config(String text) {
        return ConfigText.parse(text);
    }

    public StepModel hold() {
        holds++;
        return new Held();
    }

    /** Executions that wait for {@link #finish}. */
    public long busy() {
        return threads.stream().filter(thread -> !thread.tasks.isEmpty()).count();
    }

    /** Lets the first busy instance execute what it has. */
    public void finish() {
        threads.stream()
                .filter(thread -> !thread.tasks.isEmpty())
                .findFirst()
                .orElseThrow()
                .tasks
                .removeFirst()
                .run();
    }

    /** Lets an instance execute what it has. */
    void finish(int instance) {
        threads.get(instance).tasks.removeFirst().run();
    }

    /** The sum of the first elements of all inputs. */
    public static int sum(Execution execution) {
        return execution.request().inputs().stream()
                .mapToInt(input -> input.tensor().segment().get(ValueLayout.JAVA_INT, 0))
                .sum();
    }

    /** Answers with this number in every output that is wanted. */
    public void respond(Execution execution, int value) {
        respond(execution, value, true, Map.of());
    }

    public void respond(Execution execution, int value, boolean last, Map<String, Parameter> parameters) {
        List<OutputTensor> outputs = execution.request().outputs().stream()
                .map(output -> new OutputTensor(output.name(), number(shape(output.name()), value)))
                .toList();
        execution.respond(response(parameters, outputs), last);
    }

    /** As the config says it, in a batch of one; unknown dims are one. */
    private Shape shape(String output) {
        List<Long> dims = config.getOutputList().stream()
                .filter(each -> each.getName().equals(output))
                .findFirst()
                .orElseThrow()
                .getDimsList();
        long[] shape = new long[dims.size() + (config.getMaxBatchSize() > 0 ? 1 : 0)];
        Arrays.fill(shape, 1);
        return Shape.of(shape);
    }

    /** A response that is counted until it is closed and spoils its tensors then. */
    InferResponse response(Map<String, Parameter> parameters, List<OutputTensor> outputs) {
        openResponses++;
        return new InferResponse(config.getName(), "1", "", parameters, outputs, () -> {
            openResponses--;
            outputs.forEach(output -> output.tensor().segment().fill((byte) 0x55));
        });
    }

    public static Tensor number(Shape shape, int value) {
        MemorySegment memory = Arena.ofAuto().allocate(Math.max(shape.elements(), 1) * Integer.BYTES);
        memory.set(ValueLayout.JAVA_INT, 0, value);
        return Tensor.of(DataType.INT32, shape, memory);
    }
}
