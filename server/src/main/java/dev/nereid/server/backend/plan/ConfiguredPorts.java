package dev.nereid.server.backend.plan;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.proto.inference.BatchInput;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.proto.inference.ModelSequenceBatching.State;
import dev.nereid.server.backend.AddedInputs;
import dev.nereid.server.backend.ConfigTypes;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a config says of its model's tensors, for files that have no names or types of their own. */
final class ConfiguredPorts {
    private static final long OPEN = -1;

    private ConfiguredPorts() {}

    static DeclaredPorts of(ModelConfig config) {
        List<ModelInput> all = new ArrayList<>(config.getInputList());
        all.addAll(AddedInputs.of(config));
        List<DeclaredPorts.Input> inputs = new ArrayList<>();
        for (ModelInput input : all) {
            List<Long> dims = input.hasReshape() ? input.getReshape().getShapeList() : input.getDimsList();
            inputs.add(declared(config, input.getName(), input.getDataType(), dims));
        }
        for (BatchInput input : config.getBatchInputList()) {
            for (String name : input.getTargetNameList()) {
                inputs.add(new DeclaredPorts.Input(
                        name,
                        TensorType.of(type(config, name, input.getDataType()), List.of(Dim.symbol(name + "_0")))));
            }
        }
        List<String> outputs = new ArrayList<>(
                config.getOutputList().stream().map(ModelOutput::getName).toList());
        for (State state : config.getSequenceBatching().getStateList()) {
            outputs.add(state.getOutputName());
        }
        Map<String, String> parameters = new HashMap<>();
        config.getParametersMap().forEach((name, value) -> parameters.put(name, value.getStringValue()));
        return new DeclaredPorts(inputs, outputs, parameters);
    }

    private static DeclaredPorts.Input declared(
            ModelConfig config, String name, dev.nereid.proto.inference.DataType type, List<Long> configured) {
        List<Dim> dims = new ArrayList<>();
        if (config.getMaxBatchSize() > 0) {
            dims.add(Dim.symbol("batch"));
        }
        for (long dim : configured) {
            dims.add(dim == OPEN ? Dim.symbol(name + "_" + dims.size()) : Dim.of(dim));
        }
        return new DeclaredPorts.Input(name, TensorType.of(type(config, name, type), dims));
    }

    private static DataType type(ModelConfig config, String name, dev.nereid.proto.inference.DataType type) {
        return ConfigTypes.tensorType(type)
                .orElseThrow(() -> InferException.invalid(
                        "model '" + config.getName() + "', input '" + name + "': no tensor has the datatype " + type));
    }
}
