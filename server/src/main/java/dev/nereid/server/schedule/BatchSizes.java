package dev.nereid.server.schedule;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InputTensor;
import java.util.Set;
import java.util.stream.Collectors;

/** Says how much of a model's batch a request takes: its first dim where the model batches, else 1. Immutable. */
public final class BatchSizes {
    private final boolean batches;
    private final Set<String> shapeTensors;

    public BatchSizes(ModelConfig config) {
        batches = config.getMaxBatchSize() > 0;
        shapeTensors = config.getInputList().stream()
                .filter(ModelInput::getIsShapeTensor)
                .map(ModelInput::getName)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** The part that the request takes, at least 1. */
    public long of(InferRequest request) {
        if (batches) {
            for (InputTensor input : request.inputs()) {
                if (!shapeTensors.contains(input.name())) {
                    return Math.max(input.tensor().shape().dim(0), 1);
                }
            }
        }
        return 1;
    }
}
