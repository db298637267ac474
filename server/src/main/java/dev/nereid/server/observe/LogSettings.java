package dev.nereid.server.observe;

import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** How the server logs now, which clients may read and change. Any thread. */
public final class LogSettings {
    private final Consumer<LogConfig> applier;
    /** Guarded by this. */
    private LogConfig current;

    /**
     * Settings that hold already.
     *
     * @param applier makes a changed configuration hold; one call at a time
     */
    public LogSettings(LogConfig initial, Consumer<LogConfig> applier) {
        this.current = Objects.requireNonNull(initial, "initial");
        this.applier = Objects.requireNonNull(applier, "applier");
    }

    public synchronized LogConfig current() {
        return current;
    }

    /** Changes the settings; where {@code change} throws, nothing changes. Answers those that hold afterwards. */
    public synchronized LogConfig change(UnaryOperator<LogConfig> change) {
        LogConfig changed = change.apply(current);
        if (!changed.equals(current)) {
            applier.accept(changed);
            current = changed;
        }
        return current;
    }
}
