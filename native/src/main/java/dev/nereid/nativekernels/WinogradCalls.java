package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.convolution.channelslast.WinogradKernel;
import dev.nereid.kernels.matmul.Clamp;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Downcalls to the C functions that transform Winograd's tiles; {@code nereid.h} says what they do. */
final class WinogradCalls implements WinogradKernel {
    private static final String INPUT = "nereid_f32_winograd_input_avx2";
    private static final String OUTPUT = "nereid_f32_winograd_output_avx2";
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle TRANSFORM =
                NativeLibrary.linked(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        static final MethodHandle TRANSFORM_BACK = NativeLibrary.linked(
                JAVA_INT,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_FLOAT,
                JAVA_FLOAT,
                JAVA_LONG,
                JAVA_INT,
                JAVA_LONG,
                JAVA_INT,
                JAVA_LONG);
    }

    private final MemorySegment input;
    private final MemorySegment output;

    WinogradCalls(NativeLibrary library) {
        this.input = library.function(INPUT);
        this.output = library.function(OUTPUT);
    }

    @Override
    public void input(int channels, long x, long xRow, long xCell, long v, long place) {
        try {
            Linked.TRANSFORM.invokeExact(input, channels, x, xRow, xCell, v, place);
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + INPUT + " failed", e);
        }
    }

    @Override
    public void output(
            int filters,
            long m,
            long place,
            long bias,
            Clamp clamp,
            long y,
            int rows,
            long yRow,
            int columns,
            long yCell) {
        try {
            Linked.TRANSFORM_BACK.invokeExact(
                    output, filters, m, place, bias, clamp.low(), clamp.high(), y, rows, yRow, columns, yCell);
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + OUTPUT + " failed", e);
        }
    }
}
