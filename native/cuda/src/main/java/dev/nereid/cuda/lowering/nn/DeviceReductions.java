package dev.nereid.cuda.lowering.nn;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.tensor.Shape;
import java.util.List;

/** A reduction of any axes of a tensor on a device: those that do not lie together are brought together first. */
final class DeviceReductions {
    /** Axes in the order [kept, reduced]: extents and x's strides, and how many elements each half has. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Order(long[] dims, long[] strides, int kept, int reduced) {}

    private DeviceReductions() {}

    /** Scratch memory that {@link #run} needs. */
    static long scratchBytes(DeviceTensor x, boolean[] flags) {
        return isMiddle(flags) ? 0 : (long) x.length() * x.dataType().bytes();
    }

    static void run(DeviceRun run, ReduceOp op, DeviceTensor x, boolean[] flags, DeviceTensor y) {
        Shape shape = x.shape();
        if (isMiddle(flags)) {
            int first = first(flags);
            int end = first;
            while (end < flags.length && flags[end]) {
                end++;
            }
            run.kernels()
                    .reduce()
                    .reduce(
                            op,
                            x.dataType(),
                            x.address(),
                            y.address(),
                            Math.toIntExact(shape.elements(0, first)),
                            Math.toIntExact(shape.elements(first, end)),
                            Math.toIntExact(shape.elements(end, shape.rank())));
            return;
        }
        Order order = order(shape, flags);
        BroadcastStrides box =
                BroadcastStrides.of(order.dims(), List.of(order.strides(), BroadcastStrides.dense(order.dims())));
        run.kernels().copy(x.dataType().bytes(), x.address(), 0, run.scratch(), 0, box);
        run.kernels().reduce().reduce(op, x.dataType(), run.scratch(), y.address(), order.kept(), order.reduced(), 1);
    }

    private static Order order(Shape shape, boolean[] flags) {
        long[] dims = new long[shape.rank()];
        long[] strides = new long[shape.rank()];
        int[] halves = {1, 1};
        int count = 0;
        for (int half = 0; half < 2; half++) {
            for (int axis = 0; axis < flags.length; axis++) {
                if (flags[axis] == (half == 1)) {
                    dims[count] = shape.dim(axis);
                    strides[count++] = shape.strides()[axis];
                    halves[half] = Math.toIntExact(halves[half] * shape.dim(axis));
                }
            }
        }
        return new Order(dims, strides, halves[0], halves[1]);
    }

    /** Whether the flagged axes lie together. */
    private static boolean isMiddle(boolean[] flags) {
        int runs = 0;
        for (int axis = 0; axis < flags.length; axis++) {
            runs += flags[axis] && (axis == 0 || !flags[axis - 1]) ? 1 : 0;
        }
        return runs <= 1;
    }

    private static int first(boolean[] flags) {
        int first = 0;
        while (first < flags.length && !flags[first]) {
            first++;
        }
        return first;
    }
}
