package dev.nereid.server.repository;

import dev.nereid.server.repository.folders.ModelId;
import java.util.Objects;

/**
 * One line of the repository index. Fields without a value are empty strings and have no place in an answer.
 *
 * @param version empty for a model that was never loaded
 * @param state the name of a {@link ModelState}; empty for a model that was never loaded
 * @param reason why the version is not ready
 */
public record IndexEntry(ModelId id, String version, String state, String reason) {
    public IndexEntry {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(reason, "reason");
    }

    private static final String GIVEN_UP = "not loaded because version ";

    /** The reason of a version that could be loaded and was given up since another one could not. */
    static String givenUpFor(long failed) {
        return GIVEN_UP + failed + " cannot be";
    }

    /** Whether the version could be loaded and was given up since another one could not. */
    public boolean isGivenUp() {
        return reason.startsWith(GIVEN_UP);
    }

    /** A line of a model in no namespace. */
    public IndexEntry(String name, String version, String state, String reason) {
        this(ModelId.of(name), version, state, reason);
    }

    public String name() {
        return id.name();
    }
}
