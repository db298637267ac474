package dev.nereid.server.repository;

/** Who decides which models are loaded: nobody after the start, the folders, or the clients. */
public enum ControlMode {
    /** Every model of the repository is loaded at start; nothing changes afterwards. */
    NONE,
    /** The folders are watched: new and changed models are loaded, removed ones unloaded. */
    POLL,
    /** Only named models are loaded at start; clients load and unload. */
    EXPLICIT
}
