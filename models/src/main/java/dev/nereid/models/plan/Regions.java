package dev.nereid.models.plan;

import dev.nereid.models.graph.Dim;
import java.util.ArrayList;
import java.util.List;

/** Numbers the regions of a plan while its steps are placed one after the other. */
final class Regions {
    private final List<Region> regions = new ArrayList<>();

    /** A region that a step writes, of {@code bytes}; it lasts until it is said to end. */
    int begin(Dim bytes, int step) {
        regions.add(new Region(bytes, step, Integer.MAX_VALUE));
        return regions.size() - 1;
    }

    /** The region is read no more behind that step. */
    void end(int number, int step) {
        Region region = regions.get(number);
        regions.set(number, new Region(region.bytes(), region.from(), step));
    }

    List<Region> all() {
        return List.copyOf(regions);
    }
}
