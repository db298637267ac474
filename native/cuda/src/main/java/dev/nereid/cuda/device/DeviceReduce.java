package dev.nereid.cuda.device;

import dev.nereid.kernels.reduce.Accumulation;
import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.tensor.DataType;

/** Reductions and prefix sums along an axis, beside {@link DeviceKernels} and by its rules. */
public interface DeviceReduce {
    /** Reduces the middle axis. x: [outer, reduced, inner]; y: [outer, inner]. */
    void reduce(ReduceOp op, DataType type, long x, long y, int outer, int reduced, int inner);

    /**
     * Prefix sums or products along the middle axis; y may be x. x, y: [outer, extent, inner].
     *
     * @param exclusive whether a total is without its own element
     * @param reverse whether totals begin at the axis' end
     */
    void accumulate(
            Accumulation accumulation,
            DataType type,
            boolean exclusive,
            boolean reverse,
            long x,
            long y,
            int outer,
            int extent,
            int inner);
}
