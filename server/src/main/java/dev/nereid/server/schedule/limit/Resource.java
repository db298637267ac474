package dev.nereid.server.schedule.limit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;

/**
 * One resource: how much there is, and how much is held. Without a limit of its own there is what the most demanding
 * instance asks for. Plain data under the limiter's lock.
 */
final class Resource {
    private final String name;
    private final boolean global;
    private final OptionalLong limit;
    /** What each instance asks for that there is. */
    private final List<Long> demands = new ArrayList<>();

    private final VirtualTime time = new VirtualTime();
    private long held;

    /**
     * A resource that nobody asks for.
     *
     * @param global whether all devices share it
     * @param limit how much there is, if somebody said so
     */
    Resource(String name, boolean global, OptionalLong limit) {
        this.name = name;
        this.global = global;
        this.limit = limit;
    }

    String name() {
        return name;
    }

    boolean global() {
        return global;
    }

    OptionalLong limit() {
        return limit;
    }

    /** How far those that share it have come. */
    VirtualTime time() {
        return time;
    }

    void addDemand(long count) {
        demands.add(count);
    }

    void removeDemand(long count) {
        demands.remove((Long) count);
    }

    boolean hasDemands() {
        return !demands.isEmpty();
    }

    /** How much there is. */
    long count() {
        return limit.orElseGet(() -> demands.isEmpty() ? 0 : Collections.max(demands));
    }

    boolean has(long count) {
        return held + count <= count();
    }

    void take(long count) {
        held += count;
    }

    void giveBack(long count) {
        held -= count;
    }
}
