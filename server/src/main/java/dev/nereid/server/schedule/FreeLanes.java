package dev.nereid.server.schedule;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The lanes of one scheduler that have nothing to do, and which of them takes the next batch: the one that was busy
 * last, or with a rate limiter the first whose turn it is. One whose instance has a batch, and which would prepare the
 * next, comes after all others; of such the one whose instance is likely done first. Plain data under the scheduler's
 * lock.
 */
final class FreeLanes {
    private final Deque<Lane> lanes = new ArrayDeque<>();
    private final boolean limited;

    /** @param lanes all instances of the scheduler, which are free */
    FreeLanes(List<Lane> lanes, boolean limited) {
        this.limited = limited;
        lanes.reversed().forEach(this.lanes::push);
    }

    int size() {
        return lanes.size();
    }

    void add(Lane lane) {
        lanes.push(lane);
    }

    /** Takes an instance out that is to be closed; answers whether it was free. */
    boolean remove(Lane lane) {
        boolean free = lanes.remove(lane);
        if (free) {
            lane.turn().withdraw();
        }
        return free;
    }

    /** An instance that may start now. Those before it in the order, or all where there is none, wait for their turns. */
    Optional<Lane> startable() {
        if (!limited) {
            Lane last = lanes.peek();
            return last == null || !last.prepares() ? Optional.ofNullable(last) : idleOrFirstDone();
        }
        // Places are noted once: other models that start in this very moment move them, which no sort stands.
        return lanes.stream()
                .map(lane -> new Place(lane, lane.turn().order()))
                .sorted(Comparator.comparingLong(Place::order))
                .map(Place::lane)
                .filter(lane -> lane.turn().ask())
                .findFirst();
    }

    private Optional<Lane> idleOrFirstDone() {
        return lanes.stream()
                .filter(lane -> !lane.prepares())
                .findFirst()
                .or(() -> lanes.stream()
                        .min(Comparator.comparingLong(
                                lane -> lane.order().orElseThrow().busySinceNanos())));
    }

    private record Place(Lane lane, long order) {}

    /** Takes an instance out that starts, with its turn. */
    void start(Lane lane) {
        lanes.remove(lane);
    }

    /** Gives up all turns: there is nothing to run. */
    void withdraw() {
        if (limited) {
            lanes.forEach(lane -> lane.turn().withdraw());
        }
    }
}
