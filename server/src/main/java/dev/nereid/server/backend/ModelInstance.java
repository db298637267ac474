package dev.nereid.server.backend;

/** One executor of a model. Runs one batch at a time, on whatever platform thread calls it. */
public interface ModelInstance extends AutoCloseable {
    /**
     * Executes a batch: answers every request of it through {@link Execution}, then returns. An exception fails all that
     * are not answered.
     */
    void execute(Batch batch);

    /** Whether an execution would not have to wait for what it computes on; a guess, for the next moment. */
    default boolean startsAtOnce() {
        return true;
    }

    /**
     * Whether executions of equal sizes take about the same time. Others, such as loops whose trip count a client
     * chooses, are kept off the threads that serve connections, which could not notice a disconnect meanwhile.
     */
    default boolean hasPredictableDuration() {
        return true;
    }

    /**
     * Whether it heeds the {@linkplain Batch#turn turn} of a batch: another object made for the same instance may then be
     * given the next batch, and prepare it, while this one executes.
     */
    default boolean heedsTurns() {
        return false;
    }

    @Override
    void close();
}
