package dev.nereid.server.model;

import dev.nereid.server.protocol.InferException;
import java.util.Iterator;

/**
 * The responses to one call, as they come. {@link #hasNext} waits; {@link #next} throws an {@link InferException} in the place
 * of a response that failed, after which there may be others. The other model waits while too many are not fetched. One thread
 * at a time.
 */
public interface Answers extends Iterator<Answer>, AutoCloseable {
    /** Cancels the call where it has not ended, and closes what was not fetched. */
    @Override
    void close();
}
