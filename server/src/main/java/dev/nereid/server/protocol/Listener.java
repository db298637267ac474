package dev.nereid.server.protocol;

import java.time.Duration;

/** What listens at a port for clients, and comes to its end in three steps. Any thread. */
public interface Listener {
    /** The port that it listens on. */
    int port();

    /** Serves on, and tells clients to use another connection for what follows, as far as the protocol can say so. */
    void drain();

    /**
     * Accepts no new connections and lets the calls under way finish.
     *
     * @return whether all have finished within {@code timeout}
     */
    boolean finish(Duration timeout);

    /**
     * As {@link #finish}; then closes what is left. Returns soon after {@code timeout} at the latest.
     *
     * @return whether all calls had finished
     */
    boolean stop(Duration timeout);
}
