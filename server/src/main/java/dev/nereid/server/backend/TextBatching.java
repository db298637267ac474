package dev.nereid.server.backend;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelParameter;

/**
 * Whether a model's config lets texts of different lengths share a batch: without padding, where the model allows it, or
 * padded, where the config says with what. The parameters are the scheduler's, which forms such batches; the backend must
 * load the model for them.
 */
public enum TextBatching {
    /** Requests of one shape share a batch. */
    EQUAL_SHAPES,
    /** Nothing speaks against it: it is done where the model turns out to allow it. */
    PACKED_IF_POSSIBLE,
    /** The config counts tokens: who wrote it wants to know if it cannot be done. */
    PACKED,
    /** The config says what texts are padded with. */
    PADDED;

    public static final String POLICY = "scheduler.policy";
    public static final String ADAPTIVE = "adaptive";
    public static final String TOKEN_INPUT = "scheduler.token_input";
    public static final String LENGTH_RATIO = "scheduler.length_ratio";

    /** What a config asks for. */
    public static TextBatching of(ModelConfig config) {
        if (config.containsParameters(TextPadding.PARAMETER)) {
            return PADDED;
        }
        if (!mixes(config) || config.containsParameters(LENGTH_RATIO) || !isPlain(config)) {
            return EQUAL_SHAPES;
        }
        return config.containsParameters(TOKEN_INPUT) ? PACKED : PACKED_IF_POSSIBLE;
    }

    /** Whether batches are formed by the policy that looks at lengths. */
    static boolean mixes(ModelConfig config) {
        return config.getParametersOrDefault(POLICY, ModelParameter.getDefaultInstance())
                        .getStringValue()
                        .equals(ADAPTIVE)
                && config.hasDynamicBatching()
                && config.getMaxBatchSize() > 0
                && config.getDynamicBatching().getMaxQueueDelayMicroseconds() == 0;
    }

    /** Whether nothing in the config says how else to join tensors or to cut them. */
    static boolean leavesShapes(ModelConfig config) {
        return config.getBatchInputCount() == 0
                && config.getBatchOutputCount() == 0
                && config.getInputList().stream().noneMatch(input -> input.getIsShapeTensor() || input.hasReshape())
                && config.getOutputList().stream()
                        .noneMatch(output -> output.hasReshape() || output.getIsShapeTensor());
    }

    /** Whether all inputs vary in their first dim, and nothing in the config says how else to join or cut them. */
    private static boolean isPlain(ModelConfig config) {
        return config.getInputCount() > 0
                && leavesShapes(config)
                && config.getInputList().stream().allMatch(TextBatching::isPlain);
    }

    private static boolean isPlain(ModelInput input) {
        return input.getDimsCount() > 0
                && input.getDims(0) == -1
                && !input.getAllowRaggedBatch()
                && !input.getOptional();
    }
}
