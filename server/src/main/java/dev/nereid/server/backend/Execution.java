package dev.nereid.server.backend;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;

/** One request within a batch, as its backend sees it. The scheduler implements it and keeps the statistics. */
public interface Execution {
    InferRequest request();

    /** The stages that a backend reports for its whole batch, for the statistics. */
    enum Stage {
        INPUT_DONE,
        INFER_DONE
    }

    /** Reports that the batch has reached a stage now. */
    void stage(Stage stage);

    /** Hands one response over; see {@link dev.nereid.server.protocol.ResponseSink#respond}. */
    void respond(InferResponse response, boolean last);

    void fail(InferException error);

    /** Says that no more responses follow, without one of its own. Only for decoupled models. */
    void end();
}
