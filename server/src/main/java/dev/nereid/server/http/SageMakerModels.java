package dev.nereid.server.http;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.LoadParameters;
import dev.nereid.server.repository.ModelRepository;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models that SageMaker has brought, by the key that it gives each: the hash of its archive. Any thread; operations on
 * different models run side by side.
 */
final class SageMakerModels {
    /** SageMaker waits for 360 seconds. */
    private static final Duration UNLOAD_PATIENCE = Duration.ofSeconds(350);

    private static final Logger LOG = LoggerFactory.getLogger(SageMakerModels.class);

    /**
     * One that is loaded.
     *
     * @param name what the server calls it
     * @param root the folder that was registered for it
     */
    record Loaded(String name, Path root) {}

    private final ModelRepository repository;
    private final SortedMap<String, Loaded> models = new ConcurrentSkipListMap<>();
    private final Set<String> loading = ConcurrentHashMap.newKeySet();

    SageMakerModels(ModelRepository repository) {
        this.repository = repository;
    }

    /** The model of a key; empty where none was loaded, or it is being unloaded. */
    Optional<Loaded> find(String key) {
        return Optional.ofNullable(models.get(key));
    }

    /** Every model of which a version is ready, by key. */
    SortedMap<String, Loaded> ready() {
        SortedMap<String, Loaded> ready = new TreeMap<>(models);
        ready.values().removeIf(model -> !repository.isReady(model.name(), ""));
        return ready;
    }

    /**
     * Loads a model, and returns when it is ready.
     *
     * @param name what the server shall call it
     * @param archive the unpacked archive, absolute
     * @throws InferException if it cannot be loaded, ALREADY_EXISTS if it, its archive or its name already is; nothing of it
     *     stays behind
     */
    void load(String key, String name, Path archive) {
        if (!loading.add(key)) {
            throw alreadyExists("model '" + key + "' is already being loaded");
        }
        try {
            if (models.containsKey(key)) {
                throw alreadyExists("model '" + key + "' is already loaded");
            }
            LOG.info("Loading SageMaker TargetModel: {}", name);
            Path root = repository.register(archive, name);
            try {
                repository.load(name, LoadParameters.NONE);
            } catch (RuntimeException | Error e) {
                giveUp(name, root);
                throw e;
            }
            models.put(key, new Loaded(name, root));
        } finally {
            loading.remove(key);
        }
    }

    private static InferException alreadyExists(String text) {
        return new InferException(InferException.Code.ALREADY_EXISTS, text);
    }

    /** An ensemble's steps may have been loaded, though it could not be. */
    private void giveUp(String name, Path root) {
        try {
            repository.unload(name, true);
        } catch (InferException e) {
            LOG.warn("model '{}' could not be loaded, nor given up: {}", name, e.text());
        }
        repository.unregister(root);
    }

    /**
     * Unloads a model with the models of its steps. New requests are refused at once; returns when those in flight are done and
     * its memory is given back, or the time that SageMaker waits is over.
     *
     * @return whether there was such a model
     * @throws InferException if it cannot be unloaded; it stays
     */
    boolean unload(String key) {
        Loaded model = models.remove(key);
        if (model == null) {
            return false;
        }
        LOG.info("Unloading SageMaker TargetModel: {}", model.name());
        boolean released;
        try {
            released = repository.unload(model.name(), true, UNLOAD_PATIENCE);
        } catch (InferException e) {
            models.put(key, model);
            throw e;
        }
        if (!released) {
            LOG.error(
                    "model '{}' has requests in flight after {} s; its memory is given back when they are done",
                    model.name(),
                    UNLOAD_PATIENCE.toSeconds());
        }
        repository.unregister(model.root());
        return true;
    }
}
