package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.convolution.channelslast.ChannelsLastDepthwiseKernel;
import dev.nereid.kernels.convolution.channelslast.ChannelsLastRows;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Downcalls to the C function for depthwise convolution with the channels last; {@code nereid.h} specifies it. */
final class ChannelsLastDepthwiseCalls implements ChannelsLastDepthwiseKernel {
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle CONVOLVE = NativeLibrary.linked(
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_INT,
                JAVA_INT,
                JAVA_LONG,
                JAVA_FLOAT,
                JAVA_FLOAT,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG);
    }

    private final String name;
    private final MemorySegment function;
    private final int vector;

    /** @param variant whose registers hold the channels */
    ChannelsLastDepthwiseCalls(NativeLibrary library, MatMulCalls.Variant variant) {
        this.name = "nereid_f32_depthwise_nhwc_" + variant.registers();
        this.function = library.function(name);
        this.vector = variant.lanes();
    }

    @Override
    public boolean suits(Window window, int channels, int lanes) {
        int taps = window.kernel()[0];
        int stride = window.stride()[0];
        // Several cells of few channels share a vector of Java's loops.
        boolean fills = channels >= vector && (lanes == vector || channels % vector == 0);
        return fills
                && (taps == 3 || taps == 5 || (taps == 1 && stride == 1))
                && window.kernel()[1] == taps
                && window.movesEvenly(2);
    }

    @Override
    public void run(Window window, int channels, ChannelsLastRows rows, long w, long wTap) {
        try {
            Linked.CONVOLVE.invokeExact(
                    function,
                    channels,
                    rows.rows(),
                    rows.cells(),
                    rows.x(),
                    rows.xRow(),
                    rows.xCell(),
                    w,
                    wTap,
                    window.kernel()[0],
                    window.stride()[0],
                    rows.bias(),
                    rows.clamp().low(),
                    rows.clamp().high(),
                    rows.y(),
                    rows.yRow(),
                    rows.yCell());
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + name + " failed", e);
        }
    }
}
