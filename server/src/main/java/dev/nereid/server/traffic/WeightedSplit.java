package dev.nereid.server.traffic;

import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Chooses among weighted targets by the hash of a key: weighted rendezvous hashing. Each target draws a number for the key,
 * and the highest wins; the draws of one target do not depend on the others. So a target that gains weight keeps every key
 * it has, no key moves between targets whose weights do not change, and the keys of a target that is not available spread
 * over the rest without moving others. Immutable.
 */
final class WeightedSplit {
    /** One target: what it is called, where it leads, and how much of the traffic. */
    record Part(String name, long version, double weight, long seed) {}

    private final List<Part> parts;

    WeightedSplit(List<Part> parts) {
        this.parts = List.copyOf(parts);
    }

    List<Part> parts() {
        return parts;
    }

    /** The part that a key belongs to among those whose versions are available; empty if there is none with a weight. */
    Optional<Part> choose(long key, LongPredicate available) {
        @Nullable Part best = null;
        double bestDraw = Double.POSITIVE_INFINITY;
        for (Part part : parts) {
            if (part.weight() > 0 && available.test(part.version())) {
                // Exponentially distributed with the weight as rate; StrictMath is the same on every machine.
                double draw = -StrictMath.log(KeyHash.unit(KeyHash.combine(key, part.seed()))) / part.weight();
                if (draw < bestDraw) {
                    bestDraw = draw;
                    best = part;
                }
            }
        }
        return Optional.ofNullable(best);
    }
}
