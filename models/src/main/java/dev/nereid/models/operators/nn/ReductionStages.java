package dev.nereid.models.operators.nn;

import dev.nereid.kernels.reduce.ReduceKernels;
import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.kernels.reduce.Reduction;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/**
 * A reduction along axes that lie apart, some neighbouring axes at a time, so that no element is moved before.
 *
 * @param first what is made of the elements
 * @param next what is made of its results, but in the end
 * @param last what is made of them in the end
 */
record ReductionStages(Reduction first, Reduction next, Reduction last) {
    /** Rows of so many elements are worth being reduced before there are fewer of them. */
    private static final long LONG_ROW = 128;

    /** The stages of a reduction; none of a type whose results between them would be rounded. */
    static Optional<ReductionStages> of(ReduceOp op, DataType type, ReduceKernels kernels) {
        if (type != DataType.FP32 && type != DataType.FP64) {
            return Optional.empty();
        }
        // A mean of means of equally many is the mean, a norm of norms the norm.
        ReduceOp first = op == ReduceOp.LOG_SUM ? ReduceOp.SUM : op;
        ReduceOp next = op == ReduceOp.SUM_SQUARE ? ReduceOp.SUM : first;
        ReduceOp last = op == ReduceOp.LOG_SUM ? op : next;
        return Optional.of(new ReductionStages(
                kernels.reduction(first, type), kernels.reduction(next, type), kernels.reduction(last, type)));
    }

    /** Whether so shaped tensors are reduced in stages. */
    static boolean suits(Shape shape, boolean[] flags) {
        return shape.elements() > 0 && AxisGroups.of(shape, flags).needsGathering();
    }

    void run(StepRun run, Tensor x, boolean[] flags, Tensor y) {
        boolean[] rest = flags.clone();
        Tensor from = x;
        Reduction kernel = first;
        while (suits(from.shape(), rest)) {
            boolean[] now = neighbours(from.shape(), rest);
            long[] dims = from.shape().dims();
            for (int axis = 0; axis < dims.length; axis++) {
                if (now[axis]) {
                    dims[axis] = 1;
                    rest[axis] = false;
                }
            }
            Shape shape = Shape.of(dims);
            Tensor to = Tensor.of(
                    x.dataType(),
                    shape,
                    run.scratch(shape.elements() * x.dataType().bytes()));
            Reductions.run(kernel, run, from, now, to);
            from = to;
            kernel = next;
        }
        Reductions.run(last, run, from, rest, y);
    }

    /** The last flagged axes that lie together, or the first where the last are few elements. */
    private static boolean[] neighbours(Shape shape, boolean[] flags) {
        int end = flags.length;
        while (!flags[end - 1]) {
            end--;
        }
        int start = end;
        while (start > 0 && flags[start - 1]) {
            start--;
        }
        if (shape.elements(start, end) < LONG_ROW) {
            start = 0;
            while (!flags[start]) {
                start++;
            }
            end = start;
            while (flags[end]) {
                end++;
            }
        }
        boolean[] neighbours = new boolean[flags.length];
        Arrays.fill(neighbours, start, end, true);
        return neighbours;
    }
}
