package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.pooling.MaxPoolKernel;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Downcalls to the C functions of max pooling; {@code nereid.h} specifies them. */
final class MaxPoolCalls implements MaxPoolKernel {
    private static final String CELLS = "nereid_f32_max_pool_nhwc_avx2";
    private static final String PLANE = "nereid_f32_max_pool_plane_avx2";
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle CALL_CELLS = NativeLibrary.linked(FunctionDescriptor.of(
                JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                JAVA_LONG));
        static final MethodHandle CALL_PLANE = NativeLibrary.linked(
                FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    }

    private final MemorySegment cells;
    private final MemorySegment plane;

    MaxPoolCalls(NativeLibrary library) {
        this.cells = library.function(CELLS);
        this.plane = library.function(PLANE);
    }

    @Override
    public boolean cells(
            int channels, int count, long x, int rows, long xRow, int columns, long xColumn, long xCell, long y) {
        try {
            return (int) Linked.CALL_CELLS.invokeExact(
                            cells, channels, count, rows, columns, x, xRow, xColumn, xCell, y)
                    != 0;
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + CELLS + " failed", e);
        }
    }

    @Override
    public boolean plane(long window, int lineRows, int partCells, long x, long line, long y) {
        try {
            return (int) Linked.CALL_PLANE.invokeExact(plane, window, lineRows, partCells, x, line, y) != 0;
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + PLANE + " failed", e);
        }
    }
}
