package dev.nereid.server.observe;

import dev.nereid.server.observe.ModelStatistics.FailureReason;

/** Why a request was answered with an error before it ran. */
public enum DropReason {
    QUEUE_FULL("queue_full", FailureReason.REJECTED),
    /** Its time in the queue was up. */
    TIMEOUT("timeout", FailureReason.REJECTED),
    /** It could not have been answered by its deadline any more. */
    DEADLINE("deadline", FailureReason.REJECTED),
    /** It was refused, or given up early, so that others are in time. */
    OVERLOAD("overload", FailureReason.REJECTED),
    CANCELLED("cancelled", FailureReason.CANCELED),
    /** The server or the model stops. */
    STOPPING("stopping", FailureReason.REJECTED),
    /** It does not say what its sequence needs, or its sequence is unknown. */
    SEQUENCE("sequence", FailureReason.REJECTED),
    /** The scheduler itself failed. */
    FAILURE("failure", FailureReason.OTHER);

    private final String text;
    private final FailureReason failure;

    DropReason(String text, FailureReason failure) {
        this.text = text;
        this.failure = failure;
    }

    /** The name for metrics. */
    public String text() {
        return text;
    }

    /** What it counts as in Triton's terms. */
    public FailureReason failure() {
        return failure;
    }
}
