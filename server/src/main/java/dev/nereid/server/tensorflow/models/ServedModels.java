package dev.nereid.server.tensorflow.models;

import dev.nereid.proto.inference.ModelDynamicBatching;
import dev.nereid.proto.inference.ModelQueuePolicy;
import dev.nereid.proto.tensorflow.BatchingParameters;
import dev.nereid.proto.tensorflow.ModelConfig;
import dev.nereid.proto.tensorflow.ModelServerConfig;
import dev.nereid.proto.tensorflow.ModelVersionStatus;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.config.ModelConfigReader;
import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.server.repository.folders.StagedRepository;
import dev.nereid.server.tensorflow.ServableSpec;
import dev.nereid.server.tensorflow.Servables;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the models of a list: loads their versions, follows their folders and the file with the list, and keeps the labels.
 * Source: server_core.cc. Any thread; closing it ends the following, and the models go with their repository.
 */
public final class ServedModels implements AutoCloseable {
    private static final String BATCHING_FILE = "batching_params.pbtxt";
    /** What TensorFlow Serving takes where a file does not say it. */
    private static final int MOST_BATCH = 1000;

    private static final Logger LOG = LoggerFactory.getLogger(ServedModels.class);

    private final ServedModelsConfig config;
    private final Servables servables;
    private final StagedRepository staged;
    private final Map<String, ServedModel> models = new LinkedHashMap<>();
    private final ScheduledExecutorService follower = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("model-config").factory());
    private ModelServerConfig current = ModelServerConfig.getDefaultInstance();

    /**
     * Serves nothing yet.
     *
     * @param staged the repository's only root
     */
    public ServedModels(ServedModelsConfig config, Servables servables, StagedRepository staged) {
        this.config = config;
        this.servables = servables;
        this.staged = staged;
        servables.reloadWith(this::reload);
    }

    /**
     * Loads the models of the start, and follows them from then on. Returns when each has been tried.
     *
     * @throws InferException if the list is not right
     */
    public void start() {
        try {
            reload(config.models());
        } catch (InferException e) {
            if (models.isEmpty()) {
                throw e;
            }
            LOG.error("{}", e.text()); // what failed is tried again
        }
        follow(config.folderPoll(), this::followFolders);
        config.file().ifPresent(file -> follow(config.filePoll(), () -> followFile(file)));
    }

    private void follow(Duration interval, Runnable look) {
        if (interval.isPositive()) {
            Future<?> _ = follower.scheduleWithFixedDelay(
                    look, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /**
     * Serves the models of another list. Those that are not in it are unloaded. Returns when all have been tried.
     *
     * @throws InferException if the list is not right, and nothing has changed then; or if models cannot be loaded, or a label
     *     names a version that is not there
     */
    public synchronized void reload(ModelServerConfig list) {
        Map<String, ModelConfig> before = new HashMap<>();
        models.forEach((name, model) -> before.put(name, model.config()));
        Map<String, ModelConfig> wanted = ModelList.of(list, before);
        models.entrySet().removeIf(entry -> {
            boolean gone = !wanted.containsKey(entry.getKey());
            if (gone) {
                entry.getValue().remove();
            }
            return gone;
        });
        wanted.forEach((name, model) ->
                models.computeIfAbsent(name, _ -> served(model)).config(model));
        current = list;
        updateAll();
        servables.repository().assignLabels(labels(wanted));
        String failed = failedText();
        if (!failed.isEmpty()) {
            throw new InferException(InferException.Code.UNKNOWN, failed);
        }
    }

    private ServedModel served(ModelConfig model) {
        return new ServedModel(
                model,
                servables,
                config.warmup(),
                staged,
                this::engineConfig,
                config.mostRetries(),
                config.retryInterval());
    }

    /** Updates all models side by side. */
    private void updateAll() {
        ModelRepository repository = servables.repository();
        CompletableFuture<?>[] updates = models.values().stream()
                .map(model -> CompletableFuture.runAsync(
                        model::update,
                        Thread.ofVirtual().name("update-" + model.config().getName())::start))
                .toArray(CompletableFuture<?>[]::new);
        for (CompletableFuture<?> update : updates) {
            try {
                update.join();
            } catch (RuntimeException e) {
                repository.checkServing(); // else it fails because the server is exiting
                LOG.error("a model cannot be brought in line with its folder; it is tried again", e);
            }
        }
        Map<String, Map<Long, String>> failures = new HashMap<>();
        models.forEach((name, model) -> failures.put(name, model.failures()));
        servables.failures(failures);
    }

    private String failedText() {
        StringBuilder text = new StringBuilder();
        models.forEach((name, model) -> model.failures()
                .forEach((version, reason) -> text.append(text.isEmpty() ? "" : "; ")
                        .append("Failed to load servable {name: ")
                        .append(name)
                        .append(" version: ")
                        .append(version)
                        .append("}: ")
                        .append(reason)));
        return text.toString();
    }

    private synchronized void followFolders() {
        try {
            updateAll();
        } catch (RuntimeException e) {
            LOG.debug("the folders of the models are not followed", e);
        }
    }

    private void followFile(Path file) {
        try {
            ModelServerConfig list = TextFiles.models(file);
            synchronized (this) {
                if (!list.equals(current)) {
                    LOG.info("{} has changed: reloading the models", file);
                    reload(list);
                }
            }
        } catch (RuntimeException e) {
            LOG.error("Failed to reload the models from {}: {}", file, e.getMessage());
        }
    }

    /** The labels of a list. A version must be available, unless the server allows otherwise and the label does not move. */
    private Map<String, Map<String, Long>> labels(Map<String, ModelConfig> wanted) {
        Map<String, Map<String, Long>> labels = new HashMap<>();
        wanted.forEach((name, model) -> {
            Map<String, Long> old = servables.repository().assignedLabels().getOrDefault(name, Map.of());
            model.getVersionLabelsMap().forEach((label, version) -> {
                boolean moves = old.containsKey(label) && !version.equals(old.get(label));
                if (!isAvailable(name, version) && (!config.labelsForUnavailable() || moves)) {
                    throw new InferException(
                            InferException.Code.FAILED_PRECONDITION,
                            "Request to assign label to version " + version + " of model " + name
                                    + ", which is not currently available for inference");
                }
            });
            labels.put(name, Map.copyOf(model.getVersionLabelsMap()));
        });
        return labels;
    }

    private boolean isAvailable(String name, long version) {
        try {
            return servables.status(ServableSpec.latest(name)).stream()
                    .anyMatch(status ->
                            status.getVersion() == version && status.getState() == ModelVersionStatus.State.AVAILABLE);
        } catch (InferException e) {
            return false;
        }
    }

    /** How the engine serves the versions of a model. */
    private dev.nereid.proto.inference.ModelConfig engineConfig(ModelConfig model, NavigableMap<Long, Path> versions) {
        dev.nereid.proto.inference.ModelConfig.Builder engine =
                written(model).toBuilder().setName(model.getName());
        engine.getVersionPolicyBuilder().getAllBuilder();
        batching(versions).ifPresent(parameters -> {
            ModelDynamicBatching.Builder batching = engine.getDynamicBatchingBuilder();
            batching.setMaxQueueDelayMicroseconds(
                    parameters.getBatchTimeoutMicros().getValue());
            long most = mostBatch(parameters);
            if (parameters.hasMaxEnqueuedBatches()) {
                batching.setDefaultQueuePolicy(ModelQueuePolicy.newBuilder()
                        .setMaxQueueSize(Math.clamp(
                                parameters.getMaxEnqueuedBatches().getValue() * most, 1, Integer.MAX_VALUE)));
            }
        });
        return engine.build();
    }

    /** What a Triton-like folder says of its model; nothing where it is silent. */
    private static dev.nereid.proto.inference.ModelConfig written(ModelConfig model) {
        try {
            return new ModelConfigReader("", false).read(ModelList.basePath(model));
        } catch (ModelLoadException e) {
            LOG.error("model '{}' is served without its config: {}", model.getName(), e.text());
            return dev.nereid.proto.inference.ModelConfig.getDefaultInstance();
        }
    }

    /** The most rows of a batch. */
    public static long mostBatch(BatchingParameters parameters) {
        return parameters.hasMaxBatchSize() ? parameters.getMaxBatchSize().getValue() : MOST_BATCH;
    }

    private Optional<BatchingParameters> batching(NavigableMap<Long, Path> versions) {
        if (config.batchingPerModel() && !versions.isEmpty()) {
            Path file = versions.lastEntry().getValue().resolve(BATCHING_FILE);
            if (Files.exists(file)) {
                try {
                    return Optional.of(TextFiles.batching(file));
                } catch (InferException e) {
                    LOG.error("{}; the parameters of all models hold", e.text());
                }
            }
        }
        return config.batching();
    }

    /** Ends the following of folders and file. */
    @Override
    public void close() {
        follower.shutdownNow();
    }
}
