package dev.nereid.server.repository.config;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInstanceGroup;
import dev.nereid.proto.inference.ModelOptimizationPolicy.PinnedMemoryBuffer;
import dev.nereid.proto.inference.ModelVersionPolicy;
import java.util.List;
import java.util.Set;

/** Writes out what a model config leaves to its defaults, so that the config says what the server does. */
public final class ModelConfigDefaults {
    private static final long SEQUENCE_IDLE_MICROS = 1_000_000;

    /** Backends of which Triton makes two instances on a CPU unless the config says otherwise. */
    private static final Set<String> TWO_ON_CPU = Set.of("onnxruntime", "tensorflow");

    private ModelConfigDefaults() {}

    public static ModelConfig apply(ModelConfig config) {
        return apply(config, List.of(), false);
    }

    /**
     * Completes a config.
     *
     * @param gpus those that instances may be on
     * @param preferGpu whether groups whose kind is left to the server are on GPUs, where all that they list are there
     */
    public static ModelConfig apply(ModelConfig config, List<Integer> gpus, boolean preferGpu) {
        ModelConfig.Builder builder = config.toBuilder();
        if (config.getVersionPolicy().getPolicyChoiceCase()
                == ModelVersionPolicy.PolicyChoiceCase.POLICYCHOICE_NOT_SET) {
            builder.getVersionPolicyBuilder().getLatestBuilder().setNumVersions(1);
        }
        applyBatching(builder);
        if (!config.getPlatform().equals("ensemble")) {
            applyPinnedMemory(builder);
            applyInstanceGroups(builder, gpus, preferGpu);
        }
        return builder.build();
    }

    private static void applyBatching(ModelConfig.Builder builder) {
        if (builder.hasDynamicBatching()
                && builder.getDynamicBatching().getPreferredBatchSizeCount() == 0
                && builder.getMaxBatchSize() > 0) {
            builder.getDynamicBatchingBuilder().addPreferredBatchSize(builder.getMaxBatchSize());
        }
        if (builder.hasSequenceBatching()) {
            if (builder.getSequenceBatching().getMaxSequenceIdleMicroseconds() == 0) {
                builder.getSequenceBatchingBuilder().setMaxSequenceIdleMicroseconds(SEQUENCE_IDLE_MICROS);
            }
            if (builder.getSequenceBatching().hasOldest()
                    && builder.getSequenceBatching().getOldest().getPreferredBatchSizeCount() == 0
                    && builder.getMaxBatchSize() > 0) {
                builder.getSequenceBatchingBuilder()
                        .getOldestBuilder()
                        .addPreferredBatchSize(builder.getMaxBatchSize());
            }
        }
    }

    private static void applyPinnedMemory(ModelConfig.Builder builder) {
        PinnedMemoryBuffer on = PinnedMemoryBuffer.newBuilder().setEnable(true).build();
        if (!builder.getOptimization().hasInputPinnedMemory()) {
            builder.getOptimizationBuilder().setInputPinnedMemory(on);
        }
        if (!builder.getOptimization().hasOutputPinnedMemory()) {
            builder.getOptimizationBuilder().setOutputPinnedMemory(on);
        }
    }

    private static void applyInstanceGroups(ModelConfig.Builder builder, List<Integer> gpus, boolean preferGpu) {
        if (builder.getInstanceGroupCount() == 0) {
            builder.addInstanceGroupBuilder().setName(builder.getName());
        }
        for (int i = 0; i < builder.getInstanceGroupCount(); i++) {
            ModelInstanceGroup.Builder group = builder.getInstanceGroupBuilder(i);
            if (group.getName().isEmpty()) {
                group.setName(builder.getName() + "_" + i);
            }
            if (group.getKind() == ModelInstanceGroup.Kind.KIND_AUTO) {
                // Triton takes GPUs if all that are listed exist; here somebody is to ask for that.
                if (preferGpu && !gpus.isEmpty() && gpus.containsAll(group.getGpusList())) {
                    group.setKind(ModelInstanceGroup.Kind.KIND_GPU);
                } else {
                    group.setKind(ModelInstanceGroup.Kind.KIND_CPU).clearGpus();
                }
            }
            if (group.getKind() == ModelInstanceGroup.Kind.KIND_GPU && group.getGpusCount() == 0) {
                group.addAllGpus(gpus);
            }
            if (group.getCount() == 0) {
                boolean two = group.getKind() == ModelInstanceGroup.Kind.KIND_CPU
                        && TWO_ON_CPU.contains(builder.getBackend());
                group.setCount(two ? 2 : 1);
            }
        }
    }
}
