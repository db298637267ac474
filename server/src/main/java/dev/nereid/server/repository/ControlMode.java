package dev.nereid.server.repository;

/** Who decides which models are loaded: nobody after the start, the folders, the clients, or the requests. */
public enum ControlMode {
    /** Every model of the repository is loaded at start; nothing changes afterwards. */
    NONE,
    /** The folders are watched: new and changed models are loaded, removed ones unloaded. */
    POLL,
    /** Only named models are loaded at start; clients load and unload. */
    EXPLICIT,
    /** As {@link #EXPLICIT}, and a request loads the model that it is for. */
    ON_DEMAND;

    /** Whether clients may load and unload. */
    boolean takesRequests() {
        return this == EXPLICIT || this == ON_DEMAND;
    }
}
