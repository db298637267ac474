package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.convolution.channelslast.ChannelsLastRows;
import dev.nereid.kernels.convolution.channelslast.GroupedConvolutionKernel;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Downcalls to the C function for convolution in narrow groups; {@code nereid.h} specifies it. */
final class GroupedConvolutionCalls implements GroupedConvolutionKernel {
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle CONVOLVE = NativeLibrary.linked(
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_INT,
                JAVA_LONG,
                JAVA_FLOAT,
                JAVA_FLOAT,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG);
    }

    private static final int TAPS = 3;

    private final String name;
    private final MemorySegment function;
    private final int vector;

    /** @param variant whose registers hold the filters */
    GroupedConvolutionCalls(NativeLibrary library, MatMulCalls.Variant variant) {
        this.name = "nereid_f32_grouped_nhwc_" + variant.registers();
        this.function = library.function(name);
        this.vector = variant.lanes();
    }

    @Override
    public boolean suits(Window window, int lanes) {
        return lanes == vector && window.kernel()[0] == TAPS && window.kernel()[1] == TAPS && window.movesEvenly(2);
    }

    @Override
    public void run(Window window, Groups groups, ChannelsLastRows rows, long own, long w) {
        try {
            Linked.CONVOLVE.invokeExact(
                    function,
                    groups.filters(),
                    groups.vectorFilters(),
                    groups.vectorChannels(),
                    groups.groupChannels(),
                    rows.rows(),
                    rows.cells(),
                    rows.x(),
                    rows.xRow(),
                    rows.xCell(),
                    own,
                    w,
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
