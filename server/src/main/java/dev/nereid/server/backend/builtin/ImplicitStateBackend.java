package dev.nereid.server.backend.builtin;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ImplicitState;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/**
 * Uses a state that the server keeps of each sequence in the way that the number in {@code TEST_CASE} says, for tests of
 * such states, as Triton's backend of that name does. The controls are {@code START}, {@code END} and {@code READY}, the
 * state {@code INPUT_STATE} and {@code OUTPUT_STATE}, a number.
 *
 * <ul>
 *   <li>0: writes a state that there is not, which fails.
 *   <li>1: writes {@code INPUT} and the state together without making that the state, and answers it in {@code OUTPUT}.
 *   <li>2: fails where the state and what becomes of it are not in one place in memory. The answer is empty.
 *   <li>3: wants a state in the memory of a GPU, and fails.
 * </ul>
 */
public final class ImplicitStateBackend implements Backend {
    private static final List<String> CONTROLS = List.of("START", "END", "READY");
    private static final String INPUT_STATE = "INPUT_STATE";
    private static final String OUTPUT_STATE = "OUTPUT_STATE";

    private final SlabPool memory;

    /** A backend whose responses lie in {@code memory}. */
    public ImplicitStateBackend(SlabPool memory) {
        this.memory = memory;
    }

    @Override
    public String name() {
        return "implicit_state";
    }

    @Override
    public ModelConfig complete(ModelConfig config, Path versionFolder, int defaultMaxBatchSize) {
        return config;
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        AccumulatorModels.checkControls(
                config, CONTROLS, "'START', 'END, and 'READY' must be configured as the control inputs");
        SmallTensors tensors = new SmallTensors(config.getName(), String.valueOf(versionFolder.getFileName()), memory);
        boolean batches = config.getMaxBatchSize() > 0;
        return new FilelessModel(_ -> new Instance(tensors, batches));
    }

    private static final class Instance implements ModelInstance {
        private final SmallTensors tensors;
        private final boolean batches;

        /** Whether the last state that was looked at since a START had two places in memory. */
        private boolean twoPlaces;

        Instance(SmallTensors tensors, boolean batches) {
            this.tensors = tensors;
            this.batches = batches;
        }

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
            Tensor input = tensor(execution, "INPUT");
            if (batches && input.shape().dim(0) != 1) {
                throw InferException.unsupported("unable to execute more than one timestep at a time");
            }
            if (isSet(tensor(execution, "START"))) {
                twoPlaces = false;
            }
            switch (number(execution, "TEST_CASE")) {
                case 0 -> state(execution, "undefined_state");
                case 1 -> {
                    int sum = number(execution, "INPUT") + number(execution, INPUT_STATE);
                    write(state(execution, OUTPUT_STATE), sum);
                    respond(execution, new SmallTensors.Filled("OUTPUT", DataType.INT32, Shape.of(1), sum));
                }
                case 2 -> {
                    checkPlaces(execution);
                    respond(execution);
                }
                case 3 -> throw InferException.unsupported("growable memory should always provide memory in GPU");
                default -> respond(execution);
            }
        }

        /** What is written shows in what is read where both are one; afterwards the state is what it was. */
        private void checkPlaces(Execution execution) {
            if (twoPlaces) {
                throw InferException.unsupported("Input and output state are using different buffers.");
            }
            int before = number(execution, INPUT_STATE);
            ImplicitState state = state(execution, OUTPUT_STATE);
            write(state, ~before);
            twoPlaces = number(execution, INPUT_STATE) == before;
            write(state, before);
        }

        private void write(ImplicitState state, int value) {
            try (SlabPool.Slab slab = tensors.memory().take(Integer.BYTES)) {
                slab.segment().set(ValueLayout.JAVA_INT, 0, value);
                state.write(Tensor.of(DataType.INT32, Shape.of(1), slab.segment()));
            }
        }

        private void respond(Execution execution, SmallTensors.Filled... outputs) {
            execution.respond(tensors.response(execution.request(), outputs), true);
        }

        /** One of the states that the config has. */
        private ImplicitState state(Execution execution, String name) {
            if (execution.states().isEmpty()) {
                throw InferException.invalid("unable to add state '" + name
                        + "'. State configuration is missing for model '" + tensors.model() + "'.");
            }
            return execution.states().stream()
                    .filter(state -> state.outputName().equals(name))
                    .findFirst()
                    .orElseThrow(() -> InferException.invalid("state '" + name + "' is not a valid state name."));
        }

        private static Tensor tensor(Execution execution, String name) {
            return execution
                    .input(name)
                    .orElseThrow(() -> InferException.invalid(
                            execution.request().header().prefix() + "unknown request input name " + name));
        }

        private static int number(Execution execution, String name) {
            Tensor tensor = tensor(execution, name);
            if (tensor.dataType() != DataType.INT32 || tensor.shape().elements() < 1) {
                throw InferException.invalid("'" + name + "' must be a number of INT32, got "
                        + tensor.dataType().protocolName() + " of shape " + tensor.shape());
            }
            return tensor.segment().get(ValueLayout.JAVA_INT, 0);
        }

        private static boolean isSet(Tensor control) {
            return switch (control.dataType()) {
                case FP32 -> control.segment().get(ValueLayout.JAVA_FLOAT, 0) != 0;
                case INT32 -> control.segment().get(ValueLayout.JAVA_INT, 0) != 0;
                default -> control.segment().get(ValueLayout.JAVA_BYTE, 0) != 0;
            };
        }

        @Override
        public void close() {}
    }
}
