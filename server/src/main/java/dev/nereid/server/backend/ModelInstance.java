package dev.nereid.server.backend;

/** One executor of a model. Runs one batch at a time, on whatever platform thread calls it. */
public interface ModelInstance extends AutoCloseable {
    /**
     * Executes a batch: answers every request of it through {@link Execution}, then returns. An exception fails all that
     * are not answered.
     */
    void execute(Batch batch);

    @Override
    void close();
}
