package dev.nereid.models.operators.nn;

import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A dense tensor as [outer, reduced, inner], whichever axes are reduced. Where these lie together that is the tensor
 * as it is; else its elements are gathered in another order: kept axes, reduced axes, and innermost the last axes if
 * those are kept.
 */
final class AxisGroups {
    private final long outer;
    private final long reduced;
    private final long inner;

    /** Dims and strides in elements, in the order of gathering and without the axes of a run; empty if none is needed. */
    private final long[] dims;

    private final long[] strides;

    /** Elements that lie together in both orders. */
    private final long run;

    private AxisGroups(long outer, long reduced, long inner, long[] dims, long[] strides, long run) {
        this.outer = outer;
        this.reduced = reduced;
        this.inner = inner;
        this.dims = dims;
        this.strides = strides;
        this.run = run;
    }

    /** The groups of {@code shape} with the flagged axes reduced. */
    static AxisGroups of(Shape shape, boolean[] flags) {
        int rank = shape.rank();
        int last = rank;
        while (last > 0 && !flags[last - 1]) {
            last--;
        }
        int first = last;
        while (first > 0 && flags[first - 1]) {
            first--;
        }
        long inner = shape.elements(last, rank);
        long middle = shape.elements(first, last);
        if (!anyFlag(flags, first)) {
            return new AxisGroups(shape.elements(0, first), middle, inner, new long[0], new long[0], 0);
        }
        Order order = new Order(shape, rank);
        order.append(flags, false, first);
        long outer = order.elements();
        order.append(flags, true, first);
        long reduced = order.elements() / Math.max(outer, 1) * middle;
        if (last == rank) {
            return order.groups(outer, reduced, 1, middle);
        }
        order.append(middle, inner);
        return order.groups(outer, reduced, inner, inner);
    }

    /** As {@link #of}, with the reduced axes innermost in any case: [outer, reduced, 1]. */
    static AxisGroups rows(Shape shape, boolean[] flags) {
        AxisGroups groups = of(shape, flags);
        if (groups.inner == 1) {
            return groups;
        }
        Order order = new Order(shape, shape.rank());
        order.append(flags, false, shape.rank());
        long outer = order.elements();
        order.append(flags, true, shape.rank());
        return order.groups(outer, groups.reduced, 1, 1);
    }

    private static boolean anyFlag(boolean[] flags, int end) {
        for (int axis = 0; axis < end; axis++) {
            if (flags[axis]) {
                return true;
            }
        }
        return false;
    }

    /** The axes of a tensor in the order of gathering, as far as they are known. */
    private static final class Order {
        private final Shape shape;
        private final long[] dense;
        private final long[] dims;
        private final long[] strides;
        private int count;

        Order(Shape shape, int capacity) {
            this.shape = shape;
            this.dense = shape.strides();
            this.dims = new long[capacity];
            this.strides = new long[capacity];
        }

        /** Appends the axes in [0, end) whose flag is {@code flag}. */
        void append(boolean[] flags, boolean flag, int end) {
            for (int axis = 0; axis < end; axis++) {
                if (flags[axis] == flag) {
                    append(shape.dim(axis), dense[axis]);
                }
            }
        }

        void append(long dim, long stride) {
            dims[count] = dim;
            strides[count++] = stride;
        }

        long elements() {
            long product = 1;
            for (int i = 0; i < count; i++) {
                product *= dims[i];
            }
            return product;
        }

        AxisGroups groups(long outer, long reduced, long inner, long run) {
            return new AxisGroups(
                    outer, reduced, inner, Arrays.copyOf(dims, count), Arrays.copyOf(strides, count), run);
        }
    }

    int outer() {
        return Math.toIntExact(outer);
    }

    int reduced() {
        return Math.toIntExact(reduced);
    }

    int inner() {
        return Math.toIntExact(inner);
    }

    boolean needsGathering() {
        return dims.length > 0;
    }

    /** The elements as [outer, reduced, inner]: {@code x} itself, or scratch memory of the run. */
    MemorySegment gather(StepRun step, MemorySegment x, int bytes) {
        if (!needsGathering()) {
            return x;
        }
        MemorySegment gathered = step.scratch(outer * reduced * inner * bytes);
        copy(x, gathered, bytes, true);
        return gathered;
    }

    /** Puts elements in the order of [outer, reduced, inner] back into the tensor's. */
    void scatter(MemorySegment gathered, MemorySegment y, int bytes) {
        copy(y, gathered, bytes, false);
    }

    private void copy(MemorySegment tensor, MemorySegment gathered, int bytes, boolean gather) {
        long count = 1;
        for (long dim : dims) {
            count *= dim;
        }
        long[] position = new long[dims.length];
        long at = 0;
        long runBytes = run * bytes;
        for (long i = 0; i < count; i++) {
            if (gather) {
                MemorySegment.copy(tensor, at * bytes, gathered, i * runBytes, runBytes);
            } else {
                MemorySegment.copy(gathered, i * runBytes, tensor, at * bytes, runBytes);
            }
            for (int axis = dims.length - 1; axis >= 0; axis--) {
                at += strides[axis];
                if (++position[axis] < dims[axis]) {
                    break;
                }
                at -= strides[axis] * dims[axis];
                position[axis] = 0;
            }
        }
    }
}
