package dev.nereid.server.backend.builtin;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.protocol.DimText;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Answers each element of {@code IN} as a response of its own, for tests of decoupled models, as Triton's backend of that
 * name does: {@code OUT} is the element and {@code IDX} its place, after as many milliseconds as the element of {@code
 * DELAY} in the same place says. The instance is free again after {@code WAIT} milliseconds, so responses of several
 * requests may mix. Without elements there is no response. A model that is not decoupled takes one element,
 * of a stream also more, and gives the first. The errors that it answers with count as successes, as there.
 */
public final class RepeatBackend implements Backend {
    private static final List<TensorRule> INPUTS = List.of(
            new TensorRule("first", "IN", DataType.TYPE_INT32, false),
            new TensorRule("second", "DELAY", DataType.TYPE_UINT32, false),
            new TensorRule("third", "WAIT", DataType.TYPE_UINT32, true));
    private static final List<TensorRule> OUTPUTS = List.of(
            new TensorRule("first", "OUT", DataType.TYPE_INT32, true),
            new TensorRule("second", "IDX", DataType.TYPE_UINT32, true));

    private final SlabPool memory;
    private final Pauses pauses;

    /** A backend whose responses lie in {@code memory}. */
    public RepeatBackend(SlabPool memory) {
        this(memory, Pauses.REAL);
    }

    RepeatBackend(SlabPool memory, Pauses pauses) {
        this.memory = memory;
        this.pauses = pauses;
    }

    @Override
    public String name() {
        return "repeat";
    }

    @Override
    public ModelConfig complete(ModelConfig config, Path versionFolder, int defaultMaxBatchSize) {
        return config;
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        if (config.getMaxBatchSize() != 0) {
            throw InferException.invalid("repeat backend only supports models with max_batch_size == 0");
        }
        TensorRule.check(config, INPUTS, OUTPUTS);
        List<Long> in = config.getInput(0).getDimsList();
        List<Long> delay = config.getInput(1).getDimsList();
        if (!in.equals(delay)) {
            throw differentShapes(DimText.of(in), DimText.of(delay));
        }
        boolean decoupled = config.getModelTransactionPolicy().getDecoupled();
        SmallTensors tensors = new SmallTensors(config.getName(), String.valueOf(versionFolder.getFileName()), memory);
        return new FilelessModel(
                instanceName -> new Instance(tensors, pauses, decoupled, new ResponseThreads(instanceName)));
    }

    private static InferException differentShapes(String in, String delay) {
        return InferException.invalid("expected IN and DELAY shape to match, got " + in + " and " + delay);
    }

    private record Instance(SmallTensors tensors, Pauses pauses, boolean decoupled, ResponseThreads threads)
            implements ModelInstance {
        private static final Shape ONE = Shape.of(1);

        @Override
        public void execute(Batch batch) {
            for (Execution execution : batch.executions()) {
                Tensor in = input(execution, "IN");
                Tensor delay = input(execution, "DELAY");
                // Read now: whoever gets the last response may free the request.
                Duration wait = millis(input(execution, "WAIT"), 0);
                if (!in.shape().equals(delay.shape())) {
                    execution.succeedWith(differentShapes(
                            DimText.of(in.shape().dims()),
                            DimText.of(delay.shape().dims())));
                    continue;
                }
                if (!decoupled) {
                    answerOnce(execution, in, delay, wait);
                    continue;
                }
                threads.start(execution, () -> answer(execution, in, delay));
                pauses.pause(wait, () -> execution.request().cancelled());
            }
        }

        /** The one answer of an execution, which such a model gives before the execution returns. */
        private void answerOnce(Execution execution, Tensor in, Tensor delay, Duration wait) {
            long elements = in.shape().elements();
            if (elements == 0 || (elements > 1 && !execution.request().isAnsweredWithTheFirst())) {
                execution.succeedWith(InferException.internal("expected a single response, got " + elements));
                return;
            }
            Duration left = wait.minus(millis(delay, 0));
            answer(execution, in, delay);
            if (left.isPositive()) {
                pauses.pause(left);
            }
        }

        private void answer(Execution execution, Tensor in, Tensor delay) {
            for (int i = 0; i < in.shape().elements(); i++) {
                if (!ResponseThreads.pause(execution, pauses, millis(delay, i))) {
                    return;
                }
                int value = in.segment().getAtIndex(ValueLayout.JAVA_INT, i);
                execution.stage(Execution.Stage.INFER_DONE);
                execution.respond(
                        tensors.response(
                                execution.request(),
                                new SmallTensors.Filled("OUT", dev.nereid.tensor.DataType.INT32, ONE, value),
                                new SmallTensors.Filled("IDX", dev.nereid.tensor.DataType.UINT32, ONE, i)),
                        !decoupled);
                if (!decoupled) {
                    return;
                }
            }
            execution.end();
        }

        private static Tensor input(Execution execution, String name) {
            return execution
                    .input(name)
                    .orElseThrow(() -> InferException.internal("the request has no input '" + name + "'"));
        }

        private static Duration millis(Tensor tensor, int index) {
            return Duration.ofMillis(Integer.toUnsignedLong(tensor.segment().getAtIndex(ValueLayout.JAVA_INT, index)));
        }

        @Override
        public void close() {
            threads.close();
        }
    }
}
