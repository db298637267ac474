package dev.nereid.server.repository;

/** The state of one model version, as the repository index names it. */
public enum ModelState {
    LOADING,
    READY,
    UNLOADING,
    UNAVAILABLE
}
