package dev.nereid.server.backend;

/** One loaded model version. Immutable to its users; closed after its last instance. */
public interface BackendModel extends AutoCloseable {
    /** Makes one instance; instances of a model run at the same time, each on one thread at a time. */
    ModelInstance newInstance(String instanceName);

    /** Bytes of native memory that the model holds. */
    long memoryBytes();

    /** Whether requests whose texts have different lengths may share a batch. */
    default boolean packsTexts() {
        return false;
    }

    @Override
    void close();
}
