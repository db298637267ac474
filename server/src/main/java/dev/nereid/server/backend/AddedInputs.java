package dev.nereid.server.backend;

import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelSequenceBatching.Control;
import dev.nereid.proto.inference.ModelSequenceBatching.ControlInput;
import dev.nereid.proto.inference.ModelSequenceBatching.State;
import java.util.ArrayList;
import java.util.List;

/** The inputs of a model that no client sends, because the sequence batcher adds them: controls and states. */
public final class AddedInputs {
    private AddedInputs() {}

    /** Described as if they were inputs of the config. */
    public static List<ModelInput> of(ModelConfig config) {
        List<ModelInput> inputs = new ArrayList<>(controls(config));
        inputs.addAll(states(config));
        return inputs;
    }

    /** The controls alone. */
    public static List<ModelInput> controls(ModelConfig config) {
        List<ModelInput> inputs = new ArrayList<>();
        for (ControlInput input : config.getSequenceBatching().getControlInputList()) {
            for (Control control : input.getControlList()) {
                inputs.add(ModelInput.newBuilder()
                        .setName(input.getName())
                        .setDataType(dataType(control))
                        .addDims(1)
                        .build());
            }
        }
        return inputs;
    }

    /** The states alone. */
    public static List<ModelInput> states(ModelConfig config) {
        List<ModelInput> inputs = new ArrayList<>();
        for (State state : config.getSequenceBatching().getStateList()) {
            inputs.add(ModelInput.newBuilder()
                    .setName(state.getInputName())
                    .setDataType(state.getDataType())
                    .addAllDims(state.getDimsList())
                    .build());
        }
        return inputs;
    }

    private static DataType dataType(Control control) {
        if (control.getInt32FalseTrueCount() > 0) {
            return DataType.TYPE_INT32;
        }
        if (control.getFp32FalseTrueCount() > 0) {
            return DataType.TYPE_FP32;
        }
        return control.getBoolFalseTrueCount() > 0 ? DataType.TYPE_BOOL : control.getDataType();
    }
}
