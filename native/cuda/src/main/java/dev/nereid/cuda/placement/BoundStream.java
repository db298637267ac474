package dev.nereid.cuda.placement;

import dev.nereid.cuda.device.DeviceStream;
import dev.nereid.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** A device stream with the plan of a model as it was last bound on it. One run at a time. */
final class BoundStream implements AutoCloseable {
    /** Sets of shapes that are kept bound: a model's usual batch sizes, and not every length of a text. */
    private static final int MOST_BOUND = 8;

    /** What a plan is bound for. */
    private record Run(List<Shape> shapes, boolean saving) {}

    /** The plan by what it is bound for; the one that was not used for longest comes first. */
    private static final class Bound extends LinkedHashMap<Run, BoundPlan> {
        private static final long serialVersionUID = 1L;

        Bound() {
            super(2 * MOST_BOUND, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<Run, BoundPlan> eldest) {
            if (size() <= MOST_BOUND) {
                return false;
            }
            eldest.getValue().close();
            return true;
        }
    }

    private final DeviceStream stream;
    private final Bound bound = new Bound();

    BoundStream(DeviceStream stream) {
        this.stream = stream;
    }

    DeviceStream stream() {
        return stream;
    }

    /** The plan for inputs of these shapes, with the least scratch memory or not: bound before, or bound now. */
    BoundPlan bound(List<Shape> shapes, boolean saving, Supplier<BoundPlan> bind) {
        return bound.computeIfAbsent(new Run(shapes, saving), _ -> bind.get());
    }

    @Override
    public void close() {
        try {
            bound.values().forEach(BoundPlan::close);
        } finally {
            bound.clear();
            stream.close();
        }
    }
}
