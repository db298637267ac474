package dev.nereid.server.schedule.ensemble;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.schedule.BatchSizes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What an ensemble has to know of a step's model, taken from its config once. Immutable. */
final class StepContract {
    private final ModelConfig config;
    private final boolean batches;
    private final BatchSizes batchSizes;
    private final Map<String, List<Long>> dims = new HashMap<>();

    StepContract(ModelConfig config) {
        this.config = config;
        batches = config.getMaxBatchSize() > 0;
        batchSizes = new BatchSizes(config);
        for (ModelInput input : config.getInputList()) {
            dims.put(input.getName(), input.getDimsList());
        }
    }

    /** The config that it was made of. */
    ModelConfig config() {
        return config;
    }

    boolean batches() {
        return batches;
    }

    boolean decoupled() {
        return config.getModelTransactionPolicy().getDecoupled();
    }

    /** An input's dims without the batch dim; none for an input that there is not, which the model will refuse. */
    List<Long> dims(String input) {
        return dims.getOrDefault(input, List.of());
    }

    /** A request's batch size; 0 for a model without a batch dim. What it has of a scalar the model will refuse. */
    long batchSize(InferRequest request) {
        boolean scalar = request.inputs().stream()
                .anyMatch(input -> input.tensor().shape().rank() == 0);
        return batches && !scalar ? batchSizes.of(request) : 0;
    }
}
