package dev.nereid.server.observe;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Chooses the requests that are traced, by the settings of the server or of one model as they are at one time: a change of
 * the settings makes a new one. Any thread.
 */
public final class TraceSampler {
    private static final long NO_LIMIT = -1;

    private final Map<TraceSetting, List<String>> settings;
    private final boolean timestamps;
    private final boolean tensors;
    private final long rate;
    private final long logFrequency;
    /** How many may be chosen in all; {@link #NO_LIMIT} for any number. */
    private final long most;

    private final AtomicLong seen = new AtomicLong();
    /** How many may still be chosen; {@link #NO_LIMIT} for any number. */
    private final AtomicLong left;

    /**
     * Creates one that has chosen nothing yet.
     *
     * @param settings all of them, in the form in which they are kept
     */
    public TraceSampler(Map<TraceSetting, List<String>> settings) {
        this(settings, number(settings, TraceSetting.COUNT));
    }

    private TraceSampler(Map<TraceSetting, List<String>> settings, long left) {
        this.settings = Map.copyOf(settings);
        List<String> levels = settings.getOrDefault(TraceSetting.LEVEL, List.of());
        this.timestamps = levels.contains("TIMESTAMPS");
        this.tensors = levels.contains("TENSORS");
        this.rate = number(settings, TraceSetting.RATE);
        this.logFrequency = number(settings, TraceSetting.LOG_FREQUENCY);
        this.most = left;
        this.left = new AtomicLong(left);
    }

    private static long number(Map<TraceSetting, List<String>> settings, TraceSetting setting) {
        return Long.parseLong(
                settings.getOrDefault(setting, setting.whenAbsent()).getFirst());
    }

    /** One for other settings, which may choose as many more as this one. */
    TraceSampler continuedWith(Map<TraceSetting, List<String>> others) {
        return new TraceSampler(others, left.get());
    }

    /** Whether the settings are these. */
    boolean has(Map<TraceSetting, List<String>> others) {
        return settings.equals(others);
    }

    /** The number of requests that may be chosen, as the settings had it. */
    List<String> count() {
        return settings.getOrDefault(TraceSetting.COUNT, TraceSetting.COUNT.whenAbsent());
    }

    /** Whether it may ever choose a request whose turn it is. */
    public boolean isOn() {
        return hasLevel() && rate > 0 && left.get() != 0;
    }

    /** Whether there is anything to note of a request. */
    boolean hasLevel() {
        return timestamps || tensors;
    }

    /** Whether what is chosen is traced with the times of its stages. */
    public boolean timestamps() {
        return timestamps;
    }

    /** Whether what is chosen is traced with its tensors. */
    public boolean tensors() {
        return tensors;
    }

    /** How many traces a file holds; 0 for any number. */
    public long logFrequency() {
        return logFrequency;
    }

    /** Whether only so many requests are chosen. */
    public boolean limited() {
        return most != NO_LIMIT;
    }

    /** How many requests are chosen in all, where they are limited. */
    public long most() {
        return most;
    }

    /** How many requests may still be chosen, as clients see it; -1 for any number. */
    public long left() {
        return left.get();
    }

    /**
     * Asks for one more request, of which every so many are chosen.
     *
     * @param forced chooses this one whatever the rate and the count, of which it takes nothing unless it is its turn
     */
    public boolean chooses(boolean forced) {
        boolean turn = isOn() && seen.incrementAndGet() % rate == 0;
        boolean counted = turn && (!limited() || left.getAndUpdate(count -> Math.max(count - 1, 0)) > 0);
        return counted || (forced && hasLevel());
    }
}
