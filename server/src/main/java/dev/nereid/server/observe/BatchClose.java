package dev.nereid.server.observe;

/** Why a batch was sent as it was and not with one request more. */
public enum BatchClose {
    /** The model has no batcher: every request is a batch. */
    UNBATCHED("unbatched"),
    /** It has the largest size. */
    FULL("full"),
    /** It has a preferred size. */
    PREFERRED_SIZE("preferred_size"),
    /** The next request is too large: with it the batch would be beyond the largest or every preferred size. */
    NO_ROOM("no_room"),
    /** The next request has another shape, or other inputs. */
    OTHER_SHAPE("other_shape"),
    /** The model's own rule wanted no more. */
    STRATEGY("strategy"),
    /** Its oldest request had waited for as long as the config allows. */
    DELAY("delay"),
    /** With one request more its first ones would be late, or its tokens too many; the adaptive policy says so. */
    POLICY("policy"),
    /** Nothing else waited, and the config asks for no delay. */
    QUEUE_EMPTY("queue_empty"),
    /** Every sequence's place was filled that had something to run, or enough of them. */
    SLOTS("slots"),
    /** It is a sample for warm-up. */
    WARMUP("warmup");

    private final String text;

    BatchClose(String text) {
        this.text = text;
    }

    /** The name for clients and metrics. */
    public String text() {
        return text;
    }
}
