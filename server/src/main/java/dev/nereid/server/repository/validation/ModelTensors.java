package dev.nereid.server.repository.validation;

import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.server.backend.ConfigTypes;
import java.util.ArrayList;
import java.util.List;

/** A config's inputs and outputs in the terms of requests. */
public final class ModelTensors {
    private ModelTensors() {}

    public static List<TensorMetadata> inputs(ModelConfig config) {
        List<TensorMetadata> inputs = new ArrayList<>();
        for (ModelInput input : config.getInputList()) {
            boolean batched = config.getMaxBatchSize() > 0 && !input.getIsShapeTensor();
            inputs.add(metadata(input.getName(), input.getDataType(), input.getDimsList(), batched));
        }
        return List.copyOf(inputs);
    }

    public static List<TensorMetadata> outputs(ModelConfig config) {
        List<TensorMetadata> outputs = new ArrayList<>();
        for (ModelOutput output : config.getOutputList()) {
            boolean batched = config.getMaxBatchSize() > 0 && !output.getIsShapeTensor();
            outputs.add(metadata(output.getName(), output.getDataType(), output.getDimsList(), batched));
        }
        return List.copyOf(outputs);
    }

    private static TensorMetadata metadata(String name, DataType type, List<Long> dims, boolean batched) {
        List<Long> shape = new ArrayList<>(dims);
        if (batched) {
            shape.addFirst(-1L);
        }
        return new TensorMetadata(
                name,
                ConfigTypes.tensorType(type)
                        .orElseThrow(() -> new IllegalArgumentException("tensor '" + name + "' has no datatype")),
                shape);
    }
}
