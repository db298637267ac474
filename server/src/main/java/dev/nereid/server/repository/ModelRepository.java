package dev.nereid.server.repository;

import dev.nereid.server.backend.Backends;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The models of some folders: which there are, which are loaded, and the way to them. Loading happens on threads of its
 * own; look-ups never wait. Any thread.
 */
public final class ModelRepository {
    private ModelRepository() {}

    /**
     * Reads the folders and begins to load what the configuration says. Returns before the models are loaded.
     *
     * @throws IllegalArgumentException if a folder is missing or cannot be read, or where there is no model at all
     */
    public static ModelRepository start(RepositoryConfig config, Backends backends) {
        throw new UnsupportedOperationException();
    }

    /** Completes when every start-up model has been tried; with one sentence for each that could not be loaded. */
    public CompletableFuture<List<String>> startup() {
        throw new UnsupportedOperationException();
    }

    /**
     * The model that serves a request now.
     *
     * @param version empty for the highest version that is ready
     * @throws dev.nereid.server.protocol.InferException with Triton's text where there is none
     */
    public Model find(String name, String version) {
        throw new UnsupportedOperationException();
    }

    /** Whether a model answers requests; false for unknown models. An ill-formed version is an InferException. */
    public boolean isReady(String name, String version) {
        throw new UnsupportedOperationException();
    }

    /** Whether the server may call itself ready: with strict readiness, while every model that it knows is. */
    public boolean isReady() {
        throw new UnsupportedOperationException();
    }

    /** Every version of a model that is ready, ascending; at least one. Throws as {@link #find} does. */
    public List<Model> readyVersions(String name) {
        throw new UnsupportedOperationException();
    }

    /** Every ready version of every model, by name and version. */
    public List<Model> readyModels() {
        throw new UnsupportedOperationException();
    }

    /**
     * The models whose statistics were asked for.
     *
     * @param name empty for all
     * @param version empty for all versions
     * @throws dev.nereid.server.protocol.InferException with Triton's text where there is none
     */
    public List<Model> forStatistics(String name, String version) {
        throw new UnsupportedOperationException();
    }

    /** The repository index, by name and version. */
    public List<IndexEntry> index(boolean readyOnly) {
        throw new UnsupportedOperationException();
    }

    /**
     * Loads or reloads a model and returns when that is done. The old versions serve until the new ones are ready, and
     * go on serving where the load fails.
     *
     * @throws dev.nereid.server.protocol.InferException with Triton's text if the load fails or is not allowed
     */
    public void load(String name, LoadParameters parameters) {
        throw new UnsupportedOperationException();
    }

    /**
     * Unloads a model. New requests are refused at once; those in flight finish. A model that is not loaded is no error.
     *
     * @param dependents accepted for ensembles; other models have none
     */
    public void unload(String name, boolean dependents) {
        throw new UnsupportedOperationException();
    }

    /** Requests and responses that are in flight over all models. */
    public int inFlight() {
        throw new UnsupportedOperationException();
    }

    /**
     * Refuses new requests, lets those in flight finish, and unloads every model.
     *
     * @return whether all was done within {@code timeout}
     */
    public boolean close(Duration timeout) {
        throw new UnsupportedOperationException();
    }
}
