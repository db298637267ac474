package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.reduce.NormKernel;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/** Norms of rows of floats by the C functions that {@code nereid.h} describes; their statistics are the base's. */
final class NormCalls implements NormKernel {
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle LAYER = NativeLibrary.linked(
                JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_FLOAT);
        static final MethodHandle ROOT_MEAN_SQUARE =
                NativeLibrary.linked(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_FLOAT);
    }

    private final MemorySegment layer;
    private final MemorySegment rootMeanSquare;
    private final NormKernel base;

    /** @param registers what the functions' names end with */
    NormCalls(NativeLibrary library, String registers, NormKernel base) {
        this.layer = library.function("nereid_f32_layer_norm_" + registers);
        this.rootMeanSquare = library.function("nereid_f32_rms_norm_" + registers);
        this.base = base;
    }

    @Override
    public void layer(
            MemorySegment x,
            long xOffset,
            MemorySegment scale,
            long scaleOffset,
            MemorySegment bias,
            long biasOffset,
            MemorySegment y,
            long yOffset,
            int rows,
            int columns,
            float epsilon) {
        callLayer(
                rows,
                columns,
                floats(x, xOffset, rows, columns),
                0,
                floats(scale, scaleOffset, 1, columns),
                floats(bias, biasOffset, 1, columns),
                floats(y, yOffset, rows, columns),
                epsilon);
    }

    @Override
    public void layerOfSum(
            MemorySegment x,
            long xOffset,
            MemorySegment residual,
            long residualOffset,
            MemorySegment scale,
            long scaleOffset,
            MemorySegment bias,
            long biasOffset,
            MemorySegment y,
            long yOffset,
            int rows,
            int columns,
            float epsilon) {
        callLayer(
                rows,
                columns,
                floats(x, xOffset, rows, columns),
                floats(residual, residualOffset, rows, columns),
                floats(scale, scaleOffset, 1, columns),
                floats(bias, biasOffset, 1, columns),
                floats(y, yOffset, rows, columns),
                epsilon);
    }

    @Override
    public void rootMeanSquare(
            MemorySegment x,
            long xOffset,
            MemorySegment scale,
            long scaleOffset,
            MemorySegment y,
            long yOffset,
            int rows,
            int columns,
            float epsilon) {
        callRootMeanSquare(
                rows,
                columns,
                floats(x, xOffset, rows, columns),
                floats(scale, scaleOffset, 1, columns),
                floats(y, yOffset, rows, columns),
                epsilon);
    }

    @Override
    public void statistics(
            MemorySegment x,
            long xOffset,
            MemorySegment statistics,
            long statisticsOffset,
            int rows,
            int columns,
            double epsilon) {
        base.statistics(x, xOffset, statistics, statisticsOffset, rows, columns, epsilon);
    }

    private void callLayer(int rows, int columns, long x, long residual, long scale, long bias, long y, float epsilon) {
        try {
            Linked.LAYER.invokeExact(layer, rows, columns, x, residual, scale, bias, y, epsilon);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    private void callRootMeanSquare(int rows, int columns, long x, long scale, long y, float epsilon) {
        try {
            Linked.ROOT_MEAN_SQUARE.invokeExact(rootMeanSquare, rows, columns, x, scale, y, epsilon);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** Address of [rows, columns] that lie within the segment. */
    private static long floats(MemorySegment segment, long offset, int rows, int columns) {
        Objects.checkFromIndexSize(offset, (long) rows * columns * Float.BYTES, segment.byteSize());
        return segment.address() + offset;
    }

    private static IllegalStateException failed(Throwable cause) {
        return new IllegalStateException("calling a norm failed", cause);
    }
}
