package dev.nereid.cuda.placement;

import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.cuda.placement.RegionValue.Place;
import dev.nereid.models.graph.Dim;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Map;

/** The values of a plan with the shapes of one set of input shapes, in one block of memory. One thread at a time. */
final class BoundValues {
    /** Memory that no stream has. */
    private static final long NOWHERE = -1;

    private final DevicePlan plan;
    private final Shape[] shapes;
    private final long[] offsets;
    private long base = NOWHERE;

    /**
     * Values without places.
     *
     * @param symbols what the symbols of the model's inputs stand for
     * @throws IllegalArgumentException if a value has more elements than kernels of a device count
     */
    BoundValues(DevicePlan plan, Map<String, Long> symbols) {
        this.plan = plan;
        this.shapes = plan.values().stream().map(value -> shape(value, symbols)).toArray(Shape[]::new);
        this.offsets = new long[shapes.length];
    }

    /** Here for all kernels: one that counted past its numbers would write anywhere, and the whole device would fail. */
    private static Shape shape(RegionValue value, Map<String, Long> symbols) {
        List<Dim> dims = value.type().dims().orElseThrow();
        Shape shape = Shape.of(
                dims.stream().mapToLong(dim -> dim.evaluate(symbols::get)).toArray());
        if (shape.elements() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("'" + value.name() + "' of the shape " + shape + " has "
                    + shape.elements() + " elements, kernels of a GPU count up to " + Integer.MAX_VALUE);
        }
        return shape;
    }

    /** Gives a value its place in the block. */
    void place(int value, long offset) {
        offsets[value] = offset;
    }

    /** Says where the block begins; whether it is where it was before. */
    boolean moveTo(long address) {
        boolean stays = base == address;
        base = address;
        return stays;
    }

    /** The address of what lies so far behind the block's beginning. */
    long at(long offset) {
        return base + offset;
    }

    long byteSize(int value) {
        return shapes[value].elements() * type(value).bytes();
    }

    long address(int value) {
        int root = plan.root(value);
        return plan.values().get(root).place() instanceof Place.Constant(long address) ? address : at(offsets[root]);
    }

    DeviceTensor tensor(int value) {
        return new DeviceTensor(type(value), shapes[value], address(value));
    }

    private DataType type(int value) {
        return plan.values().get(value).type().dataType();
    }
}
