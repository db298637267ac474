package dev.nereid.server.backend.builtin;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.server.backend.AddedInputs;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.function.Supplier;

/** What the two backends that add up sequences have in common: the config that they ask for and their executions. */
final class AccumulatorModels {
    private static final String INPUT = "INPUT";
    private static final String OUTPUT = "OUTPUT";
    private static final String READY = "READY";

    private AccumulatorModels() {}

    /** The sums of one instance. Used by one thread at a time. */
    @FunctionalInterface
    interface Sums {
        /**
         * Adds to the sum that an execution belongs to.
         *
         * @param place the execution's place in its batch
         * @param sum of the elements of its input
         * @return the sum so far
         */
        int add(int place, Execution execution, int sum);
    }

    /** Reads the tensors that the sequence batcher adds. */
    static final class Controls {
        private Controls() {}

        /** Whether an INT32 control is set. */
        static boolean flag(Execution execution, String name) {
            return tensor(execution, name).segment().get(ValueLayout.JAVA_INT, 0) != 0;
        }

        /** A correlation ID: a number, or a string that holds one. */
        static long correlation(Execution execution, String name) {
            Tensor tensor = tensor(execution, name);
            if (tensor.dataType() != dev.nereid.tensor.DataType.STRING) {
                return tensor.segment().get(ValueLayout.JAVA_LONG, 0);
            }
            String text = new String(tensor.strings()[0], StandardCharsets.UTF_8);
            try {
                return Long.parseLong(text);
            } catch (NumberFormatException e) {
                throw new InferException(
                        InferException.Code.INVALID_ARG,
                        "correlation ID '" + text + "': this backend adds it to a sum, so expected a whole number",
                        e);
            }
        }

        private static Tensor tensor(Execution execution, String name) {
            return execution
                    .input(name)
                    .orElseThrow(() -> InferException.internal("the sequence batcher gave no '" + name + "'"));
        }
    }

    /**
     * Refuses configs that a backend cannot run, with Triton's texts.
     *
     * @param controls the names of the controls, in any order
     * @param wrongControls the text where the config has others
     */
    static void check(ModelConfig config, List<String> controls, String wrongControls) {
        checkControls(config, controls, wrongControls);
        if (config.getInputCount() != 1 || config.getInput(0).getDimsCount() != 1) {
            throw InferException.invalid("model must have one input 'INPUT' with vector shape, any length");
        }
        if (config.getInput(0).getDataType() != DataType.TYPE_INT32) {
            throw InferException.invalid("model input must have TYPE_INT32 data-type");
        }
        if (!config.getInput(0).getName().equals(INPUT)) {
            throw InferException.invalid("model input must be named 'INPUT'");
        }
        if (config.getOutputCount() != 1) {
            throw InferException.invalid("model must have one output 'OUTPUT' with vector shape, any length");
        }
        if (!config.getOutput(0).getDimsList().equals(config.getInput(0).getDimsList())) {
            throw InferException.invalid("model must have output 'OUTPUT' with shape matching 'INPUT'");
        }
        if (config.getOutput(0).getDataType() != DataType.TYPE_INT32) {
            throw InferException.invalid("model output must have TYPE_INT32 data-type");
        }
        if (!config.getOutput(0).getName().equals(OUTPUT)) {
            throw InferException.invalid("model output must be named 'OUTPUT'");
        }
    }

    /** Refuses configs with other controls, as {@link #check} does. */
    static void checkControls(ModelConfig config, List<String> controls, String wrongControls) {
        List<String> names = config.getSequenceBatching().getControlInputList().stream()
                .map(control -> control.getName())
                .toList();
        if (names.size() != controls.size() || !new HashSet<>(names).equals(new HashSet<>(controls))) {
            throw InferException.invalid(wrongControls);
        }
    }

    /** Refuses controls of other datatypes, which would be read wrongly. */
    static void checkControlType(ModelConfig config, List<String> controls, DataType expected) {
        for (String control : controls) {
            DataType type = controlType(config, control);
            if (type != expected) {
                throw InferException.invalid("control '" + control + "' of model '" + config.getName() + "' must be "
                        + expected + ", got " + type);
            }
        }
    }

    /** The datatype of a control that the config has. */
    static DataType controlType(ModelConfig config, String control) {
        return AddedInputs.of(config).stream()
                .filter(input -> input.getName().equals(control))
                .map(ModelInput::getDataType)
                .findFirst()
                .orElse(DataType.TYPE_INVALID);
    }

    /** A model whose instances each have sums of their own. */
    static BackendModel model(
            ModelConfig config, Path versionFolder, SlabPool memory, Pauses pauses, Supplier<Sums> sums) {
        Duration delay = Duration.ofMillis(ConfigParameters.number(config, "execute_delay_ms"));
        int most = Math.max(1, config.getMaxBatchSize());
        SmallTensors tensors = new SmallTensors(config.getName(), String.valueOf(versionFolder.getFileName()), memory);
        return new FilelessModel(_ -> new Instance(sums.get(), most, delay, pauses, tensors));
    }

    private record Instance(Sums sums, int most, Duration delay, Pauses pauses, SmallTensors tensors)
            implements ModelInstance {
        @Override
        public void execute(Batch batch) {
            if (batch.executions().size() > most) {
                throw InferException.unsupported("unable to execute batch larger than max-batch-size");
            }
            batch.executions().getFirst().stage(Execution.Stage.INPUT_DONE);
            pauses.pause(delay);
            int place = 0;
            for (Execution execution : batch.executions()) {
                try {
                    step(place, execution);
                } catch (InferException e) {
                    execution.fail(e);
                }
                place++;
            }
        }

        /** One step of one sequence; a place without a sequence is answered by nothing and changes no sum. */
        private void step(int place, Execution execution) {
            Tensor input = execution
                    .input(INPUT)
                    .orElseThrow(() -> InferException.internal("the request has no input '" + INPUT + "'"));
            if (input.shape().rank() == 2 && input.shape().dim(0) != 1) {
                throw InferException.unsupported("unable to execute more than one timestep at a time");
            }
            if (!Controls.flag(execution, READY)) {
                execution.respond(tensors.response(execution.request()), true);
                return;
            }
            int sum = 0;
            for (long i = 0; i < input.shape().elements(); i++) {
                sum += input.segment().getAtIndex(ValueLayout.JAVA_INT, i);
            }
            int value = sums.add(place, execution, sum);
            execution.respond(
                    tensors.response(
                            execution.request(),
                            new SmallTensors.Filled(OUTPUT, dev.nereid.tensor.DataType.INT32, input.shape(), value)),
                    true);
        }

        @Override
        public void close() {}
    }
}
