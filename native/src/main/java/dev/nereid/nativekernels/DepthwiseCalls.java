package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.convolution.channelsfirst.DepthwiseKernel;
import dev.nereid.kernels.matmul.Clamp;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Downcalls to the C function for depthwise convolutions; {@code nereid.h} says what it does. */
final class DepthwiseCalls implements DepthwiseKernel {
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle CONVOLVE = NativeLibrary.linked(
                JAVA_INT,
                JAVA_LONG,
                JAVA_INT,
                JAVA_INT,
                JAVA_LONG,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_LONG,
                JAVA_FLOAT,
                JAVA_FLOAT,
                JAVA_LONG,
                JAVA_INT,
                JAVA_INT);
    }

    /** Rows of taps that there are functions for: odd numbers up to this one, from three on. */
    private static final int MOST_ROWS = 7;

    private final String name;
    private final MemorySegment function;

    /** @param variant whose registers hold the cells */
    DepthwiseCalls(NativeLibrary library, MatMulCalls.Variant variant) {
        this.name = "nereid_f32_depthwise_" + variant.registers();
        this.function = library.function(name);
    }

    @Override
    public boolean suits(Window window) {
        int rows = window.kernel()[0];
        return rows >= 3 && rows <= MOST_ROWS && rows % 2 == 1 && window.movesEvenly(2);
    }

    @Override
    public void run(Window window, int channels, long x, long w, long bias, Clamp clamp, long y) {
        try {
            Linked.CONVOLVE.invokeExact(
                    function,
                    channels,
                    x,
                    window.input()[0],
                    window.input()[1],
                    w,
                    window.kernel()[0],
                    window.kernel()[1],
                    window.stride()[0],
                    window.padding()[0],
                    window.padding()[1],
                    bias,
                    clamp.low(),
                    clamp.high(),
                    y,
                    window.output()[0],
                    window.output()[1]);
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + name + " failed", e);
        }
    }
}
