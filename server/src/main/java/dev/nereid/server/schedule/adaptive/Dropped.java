package dev.nereid.server.schedule.adaptive;

/**
 * A request that leaves without being run.
 *
 * @param <R> what the caller knows it by
 */
public record Dropped<R>(R request, Reason reason) {
    /** Why a request is not run. */
    public enum Reason {
        /** Its client does not want it any more. */
        CANCELLED,
        /** Its deadline has passed, or passes before a batch of it alone could end. */
        TOO_LATE,
        /** Its deadline leaves time for a batch that is too small for what arrives. */
        EARLY_DROP
    }
}
