package dev.nereid.server.repository;

/** Which models whoever asks may see; what they may not is an unknown model to them. Any thread. */
@FunctionalInterface
public interface ModelVisibility {
    /** Stands for any version in {@link #sees}. */
    long ANY_VERSION = -1;

    /** All of them. */
    ModelVisibility ALL = (_, _) -> true;

    /**
     * Whether a model may be seen.
     *
     * @param version {@link #ANY_VERSION} for a model of which some version may be seen
     */
    boolean sees(String model, long version);
}
