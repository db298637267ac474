package dev.nereid.server.model;

import dev.nereid.server.protocol.InferException;

/**
 * Asks other models of the same server. A call is an ordinary request to that model: it has its queue, is batched with
 * others, counts in its statistics and may be answered from its cache. The instance that calls stays taken meanwhile, and a
 * model that waits for itself, by whatever way, waits until {@link Call#timeout} has passed or for ever. Any thread.
 */
public interface ModelClient {
    /**
     * Asks and waits.
     *
     * @throws InferException with the other model's error; NOT_FOUND where there is none of that name; CANCELLED when the
     *     request is cancelled that this is done for; UNAVAILABLE when the call's timeout has passed
     */
    Answer infer(Call call);

    /** Asks and returns at once; several calls run side by side. What goes wrong is told by the answer. */
    PendingAnswer inferAsync(Call call);

    /** Asks for any number of responses: the way to ask a decoupled model, and any other. */
    Answers stream(Call call);
}
