package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DevicePositions;
import dev.nereid.tensor.DataType;

/** Starts the kernels of {@code positions.cu}. */
final class CudaPositions implements DevicePositions {
    private final Launcher launcher;

    CudaPositions(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void oneHot(
            int elementBytes,
            DataType indexType,
            boolean counts,
            long indices,
            long values,
            long y,
            int outer,
            int depth,
            int inner) {
        int length = Math.multiplyExact(Math.multiplyExact(outer, depth), inner);
        launcher.begin()
                .address(indices)
                .address(values)
                .address(y)
                .number(length)
                .number(depth)
                .number(inner)
                .number(counts);
        launcher.elements("one_hot_" + elementBytes + "_" + indexType.bytes(), length);
    }

    @Override
    public void range(DataType type, long start, long delta, long y, int length) {
        launcher.begin().address(start).address(delta).address(y).number(length).number(0);
        launcher.elements(FunctionKernelNames.range(type), length);
    }

    @Override
    public void triangle(int elementBytes, boolean upper, long x, long k, long y, int matrices, int rows, int columns) {
        int length = Math.multiplyExact(Math.multiplyExact(matrices, rows), columns);
        launcher.begin()
                .address(x)
                .address(y)
                .address(k)
                .number(length)
                .number(rows)
                .number(columns)
                .number(upper);
        launcher.elements("triangle_" + elementBytes, length);
    }
}
