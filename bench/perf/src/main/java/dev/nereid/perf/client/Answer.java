package dev.nereid.perf.client;

/**
 * A response as it came, to be read when there is time for it. The bytes belong to whoever has it.
 *
 * @param jsonLength of a body with bytes behind its JSON; 0 for others
 */
@SuppressWarnings("ArrayRecordComponent")
public record Answer(byte[] bytes, int jsonLength) {
    /** A response without contents, which only says that there are no more. */
    static final Answer EMPTY = new Answer(new byte[0], 0);
}
