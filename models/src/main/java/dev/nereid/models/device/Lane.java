package dev.nereid.models.device;

import dev.nereid.kernels.device.DeviceStream;
import dev.nereid.tensor.Shape;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Supplier;

/** A stream with the regions as they were last bound on it. One run at a time. */
final class Lane implements AutoCloseable {
    private record Binding(List<Shape> shapes, BoundRegion region) {}

    private final DeviceStream stream;
    private final IdentityHashMap<RegionPlan, Binding> bindings = new IdentityHashMap<>();

    Lane(DeviceStream stream) {
        this.stream = stream;
    }

    DeviceStream stream() {
        return stream;
    }

    /** The region for inputs of these shapes: as it was bound last, or bound anew. */
    BoundRegion region(RegionPlan plan, List<Shape> shapes, Supplier<BoundRegion> bind) {
        Binding last = bindings.get(plan);
        if (last == null || !last.shapes().equals(shapes)) {
            last = new Binding(shapes, bind.get());
            bindings.put(plan, last);
        }
        return last.region();
    }

    @Override
    public void close() {
        bindings.clear();
        stream.close();
    }
}
