package dev.nereid.server.repository.config;

import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelSequenceBatching;
import dev.nereid.proto.inference.ModelSequenceBatching.Control;
import dev.nereid.proto.inference.ModelSequenceBatching.ControlInput;
import dev.nereid.proto.inference.ModelSequenceBatching.InitialState;
import dev.nereid.proto.inference.ModelSequenceBatching.State;
import dev.nereid.proto.inference.ModelSequenceBatching.StrategyOldest;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Refuses sequence batching that contradicts itself; the texts are Triton's where it has one. */
final class SequenceConfigChecks {
    private static final Set<DataType> CORRELATION_TYPES = EnumSet.of(
            DataType.TYPE_UINT64, DataType.TYPE_INT64, DataType.TYPE_UINT32, DataType.TYPE_INT32, DataType.TYPE_STRING);

    private final ModelConfig config;
    private final ModelSequenceBatching batching;
    /** Names of the tensors that the server adds. */
    private final Set<String> added = new HashSet<>();

    private SequenceConfigChecks(ModelConfig config) {
        this.config = config;
        this.batching = config.getSequenceBatching();
    }

    /**
     * Checks a config that has sequence batching.
     *
     * @throws ModelLoadException with the first thing that is wrong
     */
    static void check(ModelConfig config) {
        SequenceConfigChecks checks = new SequenceConfigChecks(config);
        checks.strategy();
        checks.controls();
        Set<String> outputs = new HashSet<>();
        for (State state : config.getSequenceBatching().getStateList()) {
            checks.state(state, outputs);
        }
        for (ModelInput input : config.getInputList()) {
            checks.require(
                    !checks.added.contains(input.getName()),
                    "input '" + input.getName() + "' is a control or a state of sequence batching and must not be "
                            + "listed as a model input");
        }
    }

    private void strategy() {
        float utilization = batching.getDirect().getMinimumSlotUtilization();
        require(
                utilization >= 0 && utilization <= 1,
                "sequence batching minimum slot utilization must be in range (0.0, 1.0]");
        StrategyOldest oldest = batching.getOldest();
        for (int size : oldest.getPreferredBatchSizeList()) {
            require(size > 0, "sequence batching preferred batch size must be positive");
            require(
                    size <= config.getMaxBatchSize(),
                    "sequence batching preferred batch size must be <= max batch size");
        }
        require(
                oldest.getMaxCandidateSequences() >= 0,
                "sequence batching max_candidate_sequences must not be negative, got "
                        + oldest.getMaxCandidateSequences());
    }

    private void controls() {
        Set<Control.Kind> kinds = EnumSet.noneOf(Control.Kind.class);
        for (ControlInput input : batching.getControlInputList()) {
            require(!input.getName().isEmpty(), "sequence batching control tensor must have a name");
            require(
                    added.add(input.getName()) && input.getControlCount() <= 1,
                    "sequence batching control tensor '" + input.getName()
                            + "' is specified for multiple control kinds");
            for (Control control : input.getControlList()) {
                Control.Kind kind = control.getKind();
                require(kinds.add(kind), "sequence batching specifies multiple " + kind + " tensors");
                if (kind == Control.Kind.CONTROL_SEQUENCE_CORRID) {
                    correlation(control);
                } else {
                    flag(control);
                }
            }
        }
    }

    private void flag(Control control) {
        int[] counts = counts(control);
        int given = 0;
        for (int count : counts) {
            given += count > 0 ? 1 : 0;
        }
        require(
                given > 0,
                "sequence batching must specify either 'int32_false_true', 'fp32_false_true' or 'bool_false_true' for "
                        + control.getKind());
        require(
                given == 1,
                "sequence batching specifies more than one from 'int32_false_true', 'fp32_false_true' and "
                        + "'bool_false_true' for " + control.getKind());
        List<String> names = List.of("int32_false_true", "fp32_false_true", "bool_false_true");
        for (int i = 0; i < counts.length; i++) {
            require(
                    counts[i] == 0 || counts[i] == 2,
                    "sequence batching control '" + names.get(i) + "' must have exactly 2 entries for "
                            + control.getKind());
        }
    }

    private void correlation(Control control) {
        for (int count : counts(control)) {
            require(
                    count == 0,
                    "sequence batching must not specify either 'int32_false_true', 'fp32_false_true' or "
                            + "'bool_false_true' for " + control.getKind());
        }
        refuseUnless(
                CORRELATION_TYPES.contains(control.getDataType()),
                "unexpected data type for control " + control.getKind() + " for " + config.getName()
                        + ". Allowed data types are TYPE_UINT64, TYPE_INT64, TYPE_UINT32, TYPE_INT32 and TYPE_STRING");
    }

    private static int[] counts(Control control) {
        return new int[] {
            control.getInt32FalseTrueCount(), control.getFp32FalseTrueCount(), control.getBoolFalseTrueCount()
        };
    }

    private void state(State state, Set<String> outputs) {
        String input = state.getInputName();
        require(
                !input.isEmpty() && !state.getOutputName().isEmpty(),
                "sequence batching state must specify 'input_name' and 'output_name'");
        refuseUnless(added.add(input), "State input name '" + input + "' specified more than once.");
        require(
                outputs.add(state.getOutputName()),
                "sequence batching state output '" + state.getOutputName() + "' is specified more than once");
        String start = "sequence batching state '" + input + "' ";
        require(
                state.getDataType() != DataType.TYPE_INVALID && state.getDataType() != DataType.UNRECOGNIZED,
                start + "must specify 'data_type'");
        for (long dim : state.getDimsList()) {
            require(
                    dim >= 1 || dim == -1,
                    start + "dimension must be integer >= 1, or -1 to indicate a variable-size dimension");
        }
        require(
                !state.getUseGrowableMemory() || state.getUseSameBufferForInputOutput(),
                start + "must set 'use_same_buffer_for_input_output' to use 'use_growable_memory'");
        require(
                !state.getUseGrowableMemory(),
                start + "must not set 'use_growable_memory', which only states in GPU memory can have");
        refuseUnless(
                state.getInitialStateCount() <= 1,
                "initial_state field for state input '" + input + "' must contain exactly one or zero element. Found '"
                        + state.getInitialStateCount() + "' elements.");
        for (InitialState initial : state.getInitialStateList()) {
            initialState(state, initial);
        }
    }

    private static void initialState(State state, InitialState initial) {
        String input = state.getInputName();
        refuseUnless(
                initial.getDataType() == state.getDataType(),
                "The data type used for 'initial_state' field of state '" + input
                        + "' does not match the state data type.");
        refuseUnless(
                !initial.getName().isEmpty(),
                "Field 'name' must be set when using initial_state for state input '" + input + "'.");
        refuseUnless(
                initial.getDimsCount() == state.getDimsCount(),
                "Number of dimensions in 'initial_state' doesn't match the size of 'state' dimensions for state input '"
                        + input + "'. " + initial.getDimsCount() + " != " + state.getDimsCount());
        for (int i = 0; i < initial.getDimsCount(); i++) {
            long dim = initial.getDims(i);
            long expected = state.getDims(i);
            refuseUnless(
                    dim != -1,
                    "'initial_state' field for state input name '" + input + "' contains variable dimensions.");
            refuseUnless(
                    dim >= 1 && (expected == -1 || dim == expected),
                    "'initial_state' dim for input name '" + input + "' doesn't match 'state' dim description. " + dim
                            + " != " + expected);
        }
        refuseUnless(
                initial.getStateDataCase() != InitialState.StateDataCase.STATEDATA_NOT_SET,
                "initial_state setting expects state'" + input + "' to have state_data set");
    }

    private void require(boolean condition, String text) {
        refuseUnless(condition, text + " for " + config.getName());
    }

    private static void refuseUnless(boolean condition, String text) {
        if (!condition) {
            throw ModelLoadException.invalid(text);
        }
    }
}
