package dev.nereid.server.schedule;

import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.ResponseSink;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/**
 * Turns accepted requests into executions of one model version. Frees nothing: it completes the sink exactly once a
 * request and leaves request and response memory to the front.
 */
public interface Scheduler extends AutoCloseable {
    /**
     * Takes a request that suits the model's config. Returns at once; the answer goes to {@code sink}, also every
     * refusal (a full queue, a stopping server).
     */
    void submit(InferRequest request, ResponseSink sink);

    /**
     * Puts instances to work and takes others away while requests go on. Those that are taken away finish their batch
     * and are then closed. Returns at once.
     *
     * @param added belong to the scheduler from now on
     * @param removed some of its instances, not all that it has then
     * @return completes when those are closed that were taken away; with sequences, which may last, at once
     * @throws UnsupportedOperationException if this kind of scheduler cannot, and the model must be loaded anew
     */
    default CompletableFuture<Void> change(List<Lane> added, List<Lane> removed) {
        throw new UnsupportedOperationException("the instances of this scheduler are fixed");
    }

    /** How many instances the policy would have; empty where it does not care. Asked some times a second. */
    default OptionalInt wantedInstances() {
        return OptionalInt.empty();
    }

    /** Answers no later request with what is known by now: the models that it was computed by may have changed. */
    default void forget() {}

    /** Sequences that have begun and not ended: their further requests are taken after {@link #refuse} too. */
    default int openSequences() {
        return 0;
    }

    /** Whether a sequence has begun here and not ended. */
    default boolean hasSequence(CorrelationId id) {
        return false;
    }

    /** Ends a sequence whose last request will not come; those that wait still run. Does nothing where there is none. */
    default void endSequence(CorrelationId id) {}

    /** Refuses new requests from now on; those taken go on. Returns at once. */
    void refuse();

    /** Refuses new requests, finishes those taken, then stops the instances. Blocks until that is done. */
    @Override
    void close();
}
