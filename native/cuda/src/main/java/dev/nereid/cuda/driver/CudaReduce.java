package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceReduce;
import dev.nereid.kernels.reduce.Accumulation;
import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.tensor.DataType;

/** Starts the kernels of {@code totals.cu}, and the reductions of {@code reduce.cu}. */
final class CudaReduce implements DeviceReduce {
    private static final int ROW_THREADS = 256;

    private final Launcher launcher;

    CudaReduce(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void reduce(ReduceOp op, DataType type, long x, long y, int outer, int reduced, int inner) {
        launcher.begin().address(x).address(y).number(outer).number(reduced).number(inner);
        if (inner == 1) {
            launcher.run(FunctionKernelNames.reduce(op, type, true), outer, 1, 1, ROW_THREADS, 1);
        } else {
            launcher.elements(FunctionKernelNames.reduce(op, type, false), (long) outer * inner);
        }
    }

    @Override
    public void accumulate(
            Accumulation accumulation,
            DataType type,
            boolean exclusive,
            boolean reverse,
            long x,
            long y,
            int outer,
            int extent,
            int inner) {
        launcher.begin()
                .address(x)
                .address(y)
                .number(outer)
                .number(extent)
                .number(inner)
                .number(exclusive)
                .number(reverse);
        launcher.elements(FunctionKernelNames.running(accumulation, type), (long) outer * inner);
    }
}
