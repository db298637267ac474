package dev.nereid.server.protocol;

/**
 * Where the answers of one request go: 0 to n responses, then the end. Called by scheduler and instance threads, one
 * call at a time; must not block.
 */
public interface ResponseSink {
    /** One response. The sink closes it when it is encoded. {@code last}: no more follow, {@link #end} is not called. */
    void respond(InferResponse response, boolean last);

    /** The request failed; nothing more follows. */
    void fail(InferException error);

    /** No more responses, without a response of its own. Only for decoupled models. */
    void end();
}
