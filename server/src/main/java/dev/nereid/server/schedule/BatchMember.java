package dev.nereid.server.schedule;

import dev.nereid.server.backend.Execution;

/** A member of a batch as {@link BatchExecutor} sees it. */
public interface BatchMember extends Execution {
    /** Begins its execution as part of {@code run}. */
    void start(BatchRun run);

    /** Whether its backend is done with it: it is answered, or given back to be run again. */
    boolean isReleased();

    /** How many of the model's batch it takes, at least 1. */
    long batchSize();

    /** Bytes of its inputs, by which execution times are compared. */
    long inputBytes();
}
