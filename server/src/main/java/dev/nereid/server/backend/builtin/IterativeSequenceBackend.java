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
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * Counts {@code INPUT} down to 0, a response and a step of an iterative sequence each, for tests of such models, as Triton's
 * backend of that name does. A step takes half a second. Where the config has no iterative sequences, a request that needs a
 * second step fails.
 */
public final class IterativeSequenceBackend implements Backend {
    private static final Duration STEP = Duration.ofMillis(500);
    private static final List<TensorRule> INPUTS = List.of(new TensorRule("first", "INPUT", DataType.TYPE_INT32, true));
    private static final List<TensorRule> OUTPUTS =
            List.of(new TensorRule("first", "OUTPUT", DataType.TYPE_INT32, true));

    private final SlabPool memory;
    private final Pauses pauses;

    /** A backend whose responses lie in {@code memory}. */
    public IterativeSequenceBackend(SlabPool memory) {
        this(memory, Pauses.REAL);
    }

    IterativeSequenceBackend(SlabPool memory, Pauses pauses) {
        this.memory = memory;
        this.pauses = pauses;
    }

    @Override
    public String name() {
        return "iterative_sequence";
    }

    @Override
    public ModelConfig complete(ModelConfig config, Path versionFolder, int defaultMaxBatchSize) {
        return config;
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        TensorRule.check(config, INPUTS, OUTPUTS);
        checkDecoupled(config);
        SmallTensors tensors = new SmallTensors(config.getName(), String.valueOf(versionFolder.getFileName()), memory);
        boolean iterative = config.getSequenceBatching().getIterativeSequence();
        return new FilelessModel(_ -> new Instance(tensors, pauses, iterative, new WeakHashMap<>()));
    }

    /** A request has any number of responses. */
    private void checkDecoupled(ModelConfig config) {
        if (!config.getModelTransactionPolicy().getDecoupled()) {
            throw InferException.invalid("model '" + config.getName() + "' of backend '" + name()
                    + "' answers a request with any number of responses: its config must say "
                    + "model_transaction_policy { decoupled: true }");
        }
    }

    /** @param counts where requests between two steps stand; one that is dropped there is never heard of again */
    private record Instance(SmallTensors tensors, Pauses pauses, boolean iterative, Map<InferRequest, Integer> counts)
            implements ModelInstance {
        @Override
        public void execute(Batch batch) {
            for (Execution execution : batch.executions()) {
                try {
                    step(execution);
                } catch (InferException e) {
                    execution.fail(e);
                }
            }
        }

        private void step(Execution execution) {
            InferRequest request = execution.request();
            Tensor input = execution
                    .input("INPUT")
                    .orElseThrow(() -> InferException.internal("the request has no input 'INPUT'"));
            Integer before = counts.remove(request);
            int count = (before == null ? input.segment().get(ValueLayout.JAVA_INT, 0) : before) - 1;
            pauses.pause(STEP, request::cancelled);
            boolean last = count <= 0;
            if (!last && !iterative) {
                // Throws what the client is told.
                execution.reschedule();
            }
            execution.respond(
                    tensors.response(
                            request,
                            new SmallTensors.Filled("OUTPUT", dev.nereid.tensor.DataType.INT32, input.shape(), count)),
                    last);
            if (!last) {
                counts.put(request, count);
                execution.reschedule();
            }
        }

        @Override
        public void close() {}
    }
}
