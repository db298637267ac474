package dev.nereid.server.cache;

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
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.Lane;
import dev.nereid.server.schedule.Schedulers;
import dev.nereid.server.schedule.SharedDevice;
import dev.nereid.server.schedule.VirtualClock;
import dev.nereid.server.schedule.limit.Turn;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * A scheduler behind the cache under a virtual clock, with one instance that works until the test lets it finish. The
 * model answers with its input plus one, and with a parameter; its outputs lie in memory that is overwritten when the
 * response is closed.
 */
final class CacheFixture {
    static final String BATCHER = "max_batch_size: 8 input { name: 'X' data_type: TYPE_INT32 dims: 1 } "
            + "dynamic_batching { default_queue_policy { max_queue_size: 2 } priority_levels: 2 default_priority_level: 1 }";

    /** Executes while the test lets it, or breaks. */
    private final class FakeInstance implements ModelInstance {
        @Override
        public void execute(Batch batch) {
            List<String> ids = new ArrayList<>();
            batch.executions().forEach(each -> ids.add(each.request().header().id()));
            executed.add(ids);
            if (failing) {
                throw InferException.internal("the model is broken");
            }
            batch.executions().forEach(this::respond);
        }

        private void respond(Execution execution) {
            if (execution.request().cancelled()) {
                execution.fail(new InferException(InferException.Code.CANCELLED, "Request cancelled"));
                return;
            }
            int value = execution.input("X").orElseThrow().segment().get(ValueLayout.JAVA_INT, 0);
            MemorySegment memory = Arena.ofAuto().allocate(Integer.BYTES);
            memory.set(ValueLayout.JAVA_INT, 0, value + 1);
            OutputTensor output = new OutputTensor("Y", Tensor.of(DataType.INT32, Shape.of(1, 1), memory));
            String id = execution.request().header().id();
            Map<String, Parameter> parameters = Map.of("computed", new Parameter.Bool(true));
            execution.respond(
                    new InferResponse("m", "1", id, parameters, List.of(output), () -> memory.fill((byte) -1)), true);
        }

        @Override
        public void close() {}
    }

    final VirtualClock clock = new VirtualClock();
    final ModelStatistics statistics = new ModelStatistics(StatisticsOptions.of(false));
    /** The ids of every batch that ran. */
    final List<List<String>> executed = new ArrayList<>();
    /** Every answer in the order of arrival, as {@code id answer}. */
    final List<String> heard = new ArrayList<>();

    final LocalCache cache;
    final CachingScheduler scheduler;
    boolean failing;
    private final Deque<Runnable> tasks = new ArrayDeque<>();

    CacheFixture(String configText) {
        this(configText, 1 << 20);
    }

    CacheFixture(String configText, long cacheBytes) {
        ModelConfig config;
        config = ConfigText.parse("name: 'm' " + configText);
        cache = new LocalCache(cacheBytes, clock);
        List<Lane> lanes = List.of(new Lane("i0", new FakeInstance(), tasks::addLast, () -> {}, true, Turn.FREE));
        scheduler = new CachingScheduler(
                Schedulers.of(config, lanes, statistics, clock, new SharedDevice()),
                cache,
                () -> "m",
                statistics,
                clock,
                config.getDynamicBatching().getPreserveOrdering());
    }

    /** A request for a value; equal values make identical requests. */
    InferRequest submit(String id, int value) {
        return submit(id, value, 0);
    }

    InferRequest submit(String id, int value, long priority) {
        InferRequest.Header header =
                new InferRequest.Header("m", "", id, CorrelationId.NONE, false, false, priority, 0, Map.of());
        InferRequest request = new InferRequest(header, List.of(input(value)), List.of(), List.of(), clock.nanos());
        scheduler.submit(request, new Listener(id));
        return request;
    }

    static InputTensor input(int value) {
        MemorySegment memory = Arena.ofAuto().allocate(Integer.BYTES);
        memory.set(ValueLayout.JAVA_INT, 0, value);
        return new InputTensor("X", Tensor.of(DataType.INT32, Shape.of(1, 1), memory));
    }

    /** Lets the instance finish until it has nothing to do. */
    void finishAll() {
        while (!tasks.isEmpty()) {
            tasks.removeFirst().run();
        }
    }

    /** Notes what it hears, and whether the response says that it was computed. */
    private final class Listener implements ResponseSink {
        private final String id;

        private Listener(String id) {
            this.id = id;
        }

        @Override
        public void respond(InferResponse response, boolean last) {
            int value = response.outputs().getFirst().tensor().segment().get(ValueLayout.JAVA_INT, 0);
            heard.add(response.id() + " " + value + (response.parameters().isEmpty() ? "" : " computed"));
            response.close();
        }

        @Override
        public void fail(InferException error) {
            heard.add(id + " " + error.code() + " " + error.text());
        }

        @Override
        public void end() {
            heard.add(id + " end");
        }
    }
}
