package dev.nereid.server.protocol;

/**
 * Where the answers of one request go: 0 to n responses, then the end. Called by scheduler and instance threads, one
 * call at a time; must not block.
 */
public interface ResponseSink {
    /** One response. The sink closes it when it is encoded. {@code last}: no more follow, {@link #end} is not called. */
    void respond(InferResponse response, boolean last);

    /**
     * One response failed, and others may follow. Only for decoupled models: the request of any other fails as a whole.
     */
    default void failOne(InferException error) {
        throw new IllegalStateException("a request that is answered once fails as a whole: " + error.text());
    }

    /** The request failed; nothing more follows. */
    void fail(InferException error);

    /** No more responses, without a response of its own. Only for decoupled models. */
    void end();
}
