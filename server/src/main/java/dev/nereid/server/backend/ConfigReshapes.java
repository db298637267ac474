package dev.nereid.server.backend;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a config's {@code reshape} means for a backend that works on one request at a time: requests and answers have the
 * config's dims, the model has those of the reshape. Immutable; any thread.
 */
public final class ConfigReshapes {
    private final Map<String, TensorReshape> inputs = new HashMap<>();
    private final Map<String, TensorReshape> outputs = new HashMap<>();

    /** @param config valid */
    public ConfigReshapes(ModelConfig config) {
        boolean batches = config.getMaxBatchSize() > 0;
        for (ModelInput input : config.getInputList()) {
            if (input.hasReshape()) {
                inputs.put(
                        input.getName(),
                        new TensorReshape(
                                input.getDimsList(),
                                input.getReshape().getShapeList(),
                                batches && !input.getIsShapeTensor()));
            }
        }
        for (ModelOutput output : config.getOutputList()) {
            if (output.hasReshape()) {
                outputs.put(
                        output.getName(),
                        new TensorReshape(
                                output.getReshape().getShapeList(),
                                output.getDimsList(),
                                batches && !output.getIsShapeTensor()));
            }
        }
    }

    /** A request's tensor in the shape that the model has. */
    public Tensor toModel(String input, Tensor tensor) {
        return apply(Optional.ofNullable(inputs.get(input)), tensor);
    }

    /**
     * What a model made in the shape that answers have.
     *
     * @throws dev.nereid.server.protocol.InferException if it is of another rank than the config says
     */
    public Tensor toClient(String output, Tensor tensor) {
        return apply(Optional.ofNullable(outputs.get(output)), tensor);
    }

    private static Tensor apply(Optional<TensorReshape> reshape, Tensor tensor) {
        return reshape.isPresent() ? reshape.get().apply(tensor) : tensor;
    }
}
