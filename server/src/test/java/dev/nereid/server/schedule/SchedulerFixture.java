package dev.nereid.server.schedule;

import com.google.protobuf.TextFormat;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/** A scheduler under a virtual clock, with instances that work until the test lets them finish. */
final class SchedulerFixture {
    /** An instance's thread that waits for the test. */
    private static final class HeldThread implements Executor {
        private final Deque<Runnable> tasks = new ArrayDeque<>();

        @Override
        public void execute(Runnable task) {
            tasks.addLast(task);
        }
    }

    /** An instance that notes the ids of its batch, lets execution time pass and answers. */
    private final class FakeInstance implements ModelInstance {
        @Override
        public void execute(Batch batch) {
            batches.add(batch.executions().stream()
                    .map(execution -> execution.request().header().id())
                    .toList());
            clock.advanceMicros(inputMicros);
            batch.executions().getFirst().stage(Execution.Stage.INPUT_DONE);
            clock.advanceMicros(inferMicros);
            batch.executions().getFirst().stage(Execution.Stage.INFER_DONE);
            clock.advanceMicros(outputMicros);
            if (failing) {
                throw InferException.internal("the model is broken");
            }
            for (Execution execution : batch.executions()) {
                String id = execution.request().header().id();
                execution.respond(new InferResponse("m", "1", id, Map.of(), List.of(), () -> {}), true);
            }
        }

        @Override
        public void close() {
            closedInstances++;
        }
    }

    final VirtualClock clock = new VirtualClock();
    final ModelStatistics statistics = new ModelStatistics();
    final List<List<String>> batches = new ArrayList<>();
    final Map<String, String> answers = new LinkedHashMap<>();
    final Scheduler scheduler;
    long inputMicros;
    long inferMicros;
    long outputMicros;
    boolean failing;
    int closedInstances;

    private final List<HeldThread> threads = new ArrayList<>();

    SchedulerFixture(int instances, String configText) {
        ModelConfig config;
        try {
            config = TextFormat.parse("name: 'm' " + configText, ModelConfig.class);
        } catch (TextFormat.ParseException e) {
            throw new IllegalArgumentException(configText, e);
        }
        List<Lane> lanes = new ArrayList<>();
        for (int i = 0; i < instances; i++) {
            HeldThread thread = new HeldThread();
            threads.add(thread);
            lanes.add(new Lane(new FakeInstance(), thread, () -> {}));
        }
        scheduler = new QueuedScheduler(config, Schedulers.queue(config), lanes, statistics, clock);
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
        InferRequest.Header header = new InferRequest.Header(
                "m", "", id, CorrelationId.NONE, false, false, priority, timeoutMicros, Map.of());
        Tensor tensor = Tensor.of(
                DataType.INT32, shape, Arena.ofAuto().allocate(Math.max(shape.elements(), 1) * Integer.BYTES));
        InferRequest request =
                new InferRequest(header, List.of(new InputTensor("X", tensor)), List.of(), List.of(), clock.nanos());
        scheduler.submit(request, new ResponseSink() {
            @Override
            public void respond(InferResponse response, boolean last) {
                answers.put(id, "ok");
                response.close();
            }

            @Override
            public void fail(InferException error) {
                answers.put(id, error.code() + " " + error.text());
            }

            @Override
            public void end() {
                answers.put(id, "end");
            }
        });
        return request;
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
