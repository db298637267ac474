package dev.nereid.server.model;

import dev.nereid.server.protocol.InferException;
import java.util.concurrent.Future;

/**
 * An answer that is awaited. Cancelling it cancels the call; an answer that nobody fetches is closed with the request that the
 * call was made for.
 */
public interface PendingAnswer extends Future<Answer> {
    /**
     * Waits for the answer.
     *
     * @throws InferException as {@link ModelClient#infer} does
     * @throws java.util.concurrent.CancellationException if it was cancelled
     */
    Answer join();
}
