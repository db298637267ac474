package dev.nereid.server.tensorflow.models;

import dev.nereid.proto.tensorflow.BatchingParameters;
import dev.nereid.proto.tensorflow.ModelServerConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * Which models are served, and how they are followed.
 *
 * @param models those of the start
 * @param file is read again; empty where the models do not come from a file
 * @param filePoll time between two looks at the file; zero for none
 * @param folderPoll time between two looks at the folders of versions; zero for one look, negative for none
 * @param batching how requests are batched; empty where they are not
 * @param batchingPerModel whether the folder of a version may say how its requests are batched
 * @param mostRetries further attempts after a failed load
 * @param warmup whether requests that versions bring are run
 * @param labelsForUnavailable whether a new label may name a version that is not loaded
 */
public record ServedModelsConfig(
        ModelServerConfig models,
        Optional<Path> file,
        Duration filePoll,
        Duration folderPoll,
        Optional<BatchingParameters> batching,
        boolean batchingPerModel,
        int mostRetries,
        Duration retryInterval,
        boolean warmup,
        boolean labelsForUnavailable) {
    public ServedModelsConfig {
        Objects.requireNonNull(models, "models");
        Objects.requireNonNull(file, "file");
        Objects.requireNonNull(filePoll, "filePoll");
        Objects.requireNonNull(folderPoll, "folderPoll");
        Objects.requireNonNull(batching, "batching");
        Objects.requireNonNull(retryInterval, "retryInterval");
    }
}
