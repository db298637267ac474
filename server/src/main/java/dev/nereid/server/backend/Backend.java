package dev.nereid.server.backend;

import dev.nereid.proto.inference.ModelConfig;
import java.nio.file.Path;
import java.util.List;

/** Makes loaded models of one kind. Knows no protocol and no schedule. */
public interface Backend {
    /** The name that a model config calls it by. */
    String name();

    /**
     * Completes a config from the model's files: inputs, outputs, batch size where they are missing.
     *
     * @param versionFolder the folder of the version to be loaded
     * @param defaultMaxBatchSize batch size for models with a batch dimension and none in their config
     */
    ModelConfig complete(ModelConfig config, Path versionFolder, int defaultMaxBatchSize);

    /**
     * One of several ways to call a model.
     *
     * @param method what kind of call the model's files say it is; may be empty
     * @param config loads it; for all but the first it says nothing of inputs and outputs
     */
    record NamedSignature(String name, String method, ModelConfig config) {}

    /**
     * The signatures that a version's files have names for, the one that {@code config} loads first; empty where there is one
     * without a name.
     *
     * @param config not completed
     * @throws dev.nereid.server.protocol.InferException if the files cannot be read
     */
    default List<NamedSignature> signatures(ModelConfig config, Path versionFolder) {
        return List.of();
    }

    /** Whether the statistics of its decoupled models tell the responses of a request apart. */
    default boolean countsResponses() {
        return false;
    }

    /**
     * Whether its models are code that the server runs with its own rights, and that may wait for other models: their
     * instances keep to threads of their own and have no share of a device that others wait for.
     */
    default boolean runsModelCode() {
        return false;
    }

    /** Whether a run of one of its models changes nothing but the answer: no state, and no count that anybody sees. */
    default boolean runsWithoutTrace() {
        return false;
    }

    /** The GPUs that instances of its models may be on, by number. */
    default List<Integer> gpus() {
        return List.of();
    }

    /** What was found where GPUs were looked for, in one line; empty if nobody looked. */
    default String gpuReport() {
        return "";
    }

    /** Loads one version. The caller closes it. */
    BackendModel load(ModelConfig config, Path versionFolder);
}
