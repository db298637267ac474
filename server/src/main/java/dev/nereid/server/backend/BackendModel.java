package dev.nereid.server.backend;

/** One loaded model version. Immutable to its users; closed after its last instance. */
public interface BackendModel extends AutoCloseable {
    /** Makes one instance; instances of a model run at the same time, each on one thread at a time. */
    ModelInstance newInstance(String instanceName);

    /**
     * Makes one instance on a GPU.
     *
     * @param gpu one of {@link Backend#gpus}
     */
    default ModelInstance newInstance(String instanceName, int gpu) {
        throw new UnsupportedOperationException("no instance '" + instanceName + "' on GPU " + gpu);
    }

    /** Bytes of native memory that the model holds. */
    long memoryBytes();

    @Override
    void close();
}
