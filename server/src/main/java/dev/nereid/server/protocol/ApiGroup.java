package dev.nereid.server.protocol;

import java.util.Arrays;
import java.util.Optional;

/** The groups of calls that a server can be told to guard, with the names that flags give them. */
public enum ApiGroup {
    HEALTH("health"),
    METADATA("metadata"),
    INFERENCE("inference"),
    SHARED_MEMORY("shared-memory"),
    MODEL_CONFIG("model-config"),
    MODEL_REPOSITORY("model-repository"),
    STATISTICS("statistics"),
    TRACE("trace"),
    LOGGING("logging");

    private final String flagName;

    ApiGroup(String flagName) {
        this.flagName = flagName;
    }

    /** What flags call it. */
    public String flagName() {
        return flagName;
    }

    /** The group that flags call that. */
    public static Optional<ApiGroup> find(String flagName) {
        return Arrays.stream(values())
                .filter(group -> group.flagName.equals(flagName))
                .findFirst();
    }
}
