package dev.nereid.server.model;

import java.util.List;

/**
 * A model whose answers are computed by code of its own. Each instance of the model's config is one object of the class, made
 * by its public constructor without parameters. {@link #execute} is called by one thread, always the same and nobody else's,
 * so it may wait; {@link #initialize} and {@link #close} are called by other threads, never at the same time as another
 * method.
 */
public interface JavaModel extends AutoCloseable {
    /**
     * Called once, before the first request. What it throws fails the load of the model.
     *
     * @param context stays usable until {@link #close} has returned
     */
    default void initialize(ModelContext context) throws Exception {}

    /**
     * Answers requests. Each comes by itself, with its own batch dim where the config has {@code max_batch_size}; there are
     * several where the dynamic batcher has joined them.
     *
     * <p>A model that is not decoupled answers each of them, by {@link ModelRequest#respond} or {@link ModelRequest#fail},
     * before it returns. A decoupled one may keep them, answer them from threads of its own, and return at once. What it
     * throws fails the requests that are not answered.
     *
     * @param requests in order, at least one
     */
    void execute(List<ModelRequest> requests) throws Exception;

    /** Called once, when every request is answered and the model is unloaded. Ends whatever threads the model has. */
    @Override
    default void close() {}
}
