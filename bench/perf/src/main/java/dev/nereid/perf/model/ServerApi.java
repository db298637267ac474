package dev.nereid.perf.model;

import java.util.List;
import java.util.Map;

/**
 * What a load needs of a server beside inference. Calls wait for the answer.
 *
 * <p>All methods throw {@link ServerException} where the server cannot be reached, answers with an error, or is of a kind
 * that has no such thing.
 */
public interface ServerApi extends AutoCloseable {
    /** Describes a model; an empty version leaves the choice to the server. */
    ModelContract contract(String model, String version);

    /** Whether the server keeps statistics; most kinds do not. */
    default boolean hasStatistics() {
        return false;
    }

    /** The counts of the model's versions that are loaded, or of the one version; none where none are kept. */
    default List<ModelStatistics> statistics(String model, String version) {
        return List.of();
    }

    /**
     * Tells the server of a POSIX shared-memory object.
     *
     * @param key the object's name for {@code shm_open}, with its slash
     */
    default void registerRegion(String region, String key, long bytes) {
        throw new ServerException("--shared-memory: this kind of server has no shared memory");
    }

    /** Takes {@link #registerRegion} back; a region that is not there is no error. */
    default void unregisterRegion(String region) {
        throw new ServerException("--shared-memory: this kind of server has no shared memory");
    }

    /** Changes how requests to a model are traced: values by the names of the trace extension. */
    default void traceSettings(String model, Map<String, List<String>> settings) {
        throw new ServerException("trace settings: this kind of server has none");
    }

    @Override
    void close();
}
