package dev.nereid.server.backend.builtin;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * Answers a request with as many responses as {@code IN} says, each holding that number, for tests of decoupled models, as
 * Triton's backend of that name does. The instance is free at once. A model that is not decoupled gives the first response
 * only.
 *
 * <p>Parameters of the config: {@code CUSTOM_INFER_DELAY_NS} and {@code CUSTOM_OUTPUT_DELAY_NS} pass before each response;
 * of the responses the last {@code CUSTOM_EMPTY_COUNT} are left out, and {@code CUSTOM_FAIL_COUNT} before them are failures.
 * Where the client gives up, the response that is being made is the last, and the request ends {@code
 * CUSTOM_CANCEL_DELAY_NS} after it.
 */
public final class SquareBackend implements Backend {
    private static final List<TensorRule> INPUTS = List.of(new TensorRule("first", "IN", DataType.TYPE_INT32, true));
    private static final List<TensorRule> OUTPUTS = List.of(new TensorRule("first", "OUT", DataType.TYPE_INT32, true));

    private final SlabPool memory;
    private final Pauses pauses;

    /** A backend whose responses lie in {@code memory}. */
    public SquareBackend(SlabPool memory) {
        this(memory, Pauses.REAL);
    }

    SquareBackend(SlabPool memory, Pauses pauses) {
        this.memory = memory;
        this.pauses = pauses;
    }

    @Override
    public String name() {
        return "square";
    }

    @Override
    public boolean countsResponses() {
        return true;
    }

    @Override
    public ModelConfig complete(ModelConfig config, Path versionFolder, int defaultMaxBatchSize) {
        return config;
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        TensorRule.check(config, INPUTS, OUTPUTS);
        boolean decoupled = config.getModelTransactionPolicy().getDecoupled();
        SmallTensors tensors = new SmallTensors(config.getName(), String.valueOf(versionFolder.getFileName()), memory);
        Behaviour behaviour = new Behaviour(
                Duration.ofNanos(ConfigParameters.number(config, "CUSTOM_INFER_DELAY_NS")),
                Duration.ofNanos(ConfigParameters.number(config, "CUSTOM_OUTPUT_DELAY_NS")),
                Duration.ofNanos(ConfigParameters.number(config, "CUSTOM_CANCEL_DELAY_NS")),
                ConfigParameters.number(config, "CUSTOM_FAIL_COUNT"),
                ConfigParameters.number(config, "CUSTOM_EMPTY_COUNT"));
        return new FilelessModel(
                instanceName -> new Instance(tensors, behaviour, decoupled, pauses, new ResponseThreads(instanceName)));
    }

    /** What the parameters ask for. */
    private record Behaviour(
            Duration inferDelay, Duration outputDelay, Duration cancelDelay, long fails, long empties) {}

    private record Instance(
            SmallTensors tensors, Behaviour behaviour, boolean decoupled, Pauses pauses, ResponseThreads threads)
            implements ModelInstance {
        @Override
        public void execute(Batch batch) {
            for (Execution execution : batch.executions()) {
                Tensor in = execution
                        .input("IN")
                        .orElseThrow(() -> InferException.internal("the request has no input 'IN'"));
                if (in.shape().elements() != 1) {
                    execution.fail(InferException.invalid("unexpected shape for IN input"));
                    continue;
                }
                int count = in.segment().getAtIndex(ValueLayout.JAVA_INT, 0);
                Shape shape = ones(in.shape().rank());
                if (decoupled) {
                    threads.start(execution, () -> answer(execution, count, shape));
                } else {
                    answer(execution, count, shape);
                }
            }
        }

        private void answer(Execution execution, int count, Shape shape) {
            for (long i = 0; i < count; i++) {
                if (!ResponseThreads.wanted(execution, pauses)) {
                    pauses.pause(behaviour.cancelDelay());
                    ResponseThreads.cancelled(execution);
                    return;
                }
                pauses.pause(behaviour.inferDelay());
                if (i + behaviour.empties() >= count) {
                    execution.leaveOut();
                    continue;
                }
                execution.stage(Execution.Stage.INFER_DONE);
                pauses.pause(behaviour.outputDelay());
                if (i + behaviour.fails() + behaviour.empties() >= count) {
                    InferException failure = new InferException(InferException.Code.UNKNOWN, "simulated failure");
                    if (!decoupled) {
                        execution.fail(failure);
                        return;
                    }
                    execution.failOne(failure);
                    continue;
                }
                execution.respond(
                        tensors.response(
                                execution.request(),
                                new SmallTensors.Filled("OUT", dev.nereid.tensor.DataType.INT32, shape, count)),
                        !decoupled);
                if (!decoupled) {
                    return;
                }
            }
            execution.end();
        }

        private static Shape ones(int rank) {
            long[] dims = new long[rank];
            Arrays.fill(dims, 1);
            return Shape.of(dims);
        }

        @Override
        public void close() {
            threads.close();
        }
    }
}
