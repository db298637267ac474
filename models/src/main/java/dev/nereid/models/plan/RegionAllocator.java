package dev.nereid.models.plan;

import dev.nereid.models.graph.Dim;
import java.util.ArrayList;
import java.util.List;

/**
 * Hands the regions of a frame to values whose sizes are formulas. A free region of the same formula is preferred;
 * else the one whose estimated size fits best, for a region grows to the largest of its values.
 */
final class RegionAllocator {
    /** What every symbol counts as while sizes are compared. */
    private static final long TYPICAL_DIM = 64;

    private final List<List<Dim>> sizes = new ArrayList<>();
    private final List<Integer> free = new ArrayList<>();

    /** A region that is free now, for a value of {@code size} bytes. */
    int take(Dim size) {
        int best = -1;
        long bestWaste = Long.MAX_VALUE;
        long wanted = estimate(size);
        for (int region : free) {
            if (sizes.get(region).contains(size)) {
                best = region;
                break;
            }
            long has = sizes.get(region).stream()
                    .mapToLong(RegionAllocator::estimate)
                    .max()
                    .orElse(0);
            long waste = Math.abs(has - wanted);
            if (waste < bestWaste) {
                best = region;
                bestWaste = waste;
            }
        }
        if (best < 0) {
            sizes.add(new ArrayList<>());
            best = sizes.size() - 1;
        } else {
            free.remove(Integer.valueOf(best));
        }
        if (!sizes.get(best).contains(size)) {
            sizes.get(best).add(size);
        }
        return best;
    }

    /** The value in the region is read no more. */
    void free(int region) {
        free.add(region);
    }

    List<List<Dim>> sizes() {
        return sizes.stream().map(List::copyOf).toList();
    }

    private static long estimate(Dim size) {
        return size.evaluate(_ -> TYPICAL_DIM);
    }
}
