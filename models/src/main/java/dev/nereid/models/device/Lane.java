package dev.nereid.models.device;

import dev.nereid.kernels.device.DeviceStream;
import dev.nereid.tensor.Shape;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** A stream with the regions as they were lately bound on it. One run at a time. */
final class Lane implements AutoCloseable {
    /** Sets of shapes of a region that are kept bound: a model's usual batch sizes, and not every length of a text. */
    private static final int MOST_BOUND = 8;

    /** The regions of one plan by their shapes; the one that was not used for longest comes first. */
    private static final class Bound extends LinkedHashMap<List<Shape>, BoundRegion> {
        private static final long serialVersionUID = 1L;

        Bound() {
            super(2 * MOST_BOUND, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<List<Shape>, BoundRegion> eldest) {
            if (size() <= MOST_BOUND) {
                return false;
            }
            eldest.getValue().close();
            return true;
        }
    }

    private final DeviceStream stream;
    private final IdentityHashMap<RegionPlan, Bound> bound = new IdentityHashMap<>();

    Lane(DeviceStream stream) {
        this.stream = stream;
    }

    DeviceStream stream() {
        return stream;
    }

    /** The region for inputs of these shapes: as it was bound before, or bound anew. */
    BoundRegion region(RegionPlan plan, List<Shape> shapes, Supplier<BoundRegion> bind) {
        return bound.computeIfAbsent(plan, _ -> new Bound()).computeIfAbsent(shapes, _ -> bind.get());
    }

    @Override
    public void close() {
        try {
            bound.values().forEach(regions -> regions.values().forEach(BoundRegion::close));
        } finally {
            bound.clear();
            stream.close();
        }
    }
}
