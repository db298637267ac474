package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.nereid.kernels.quantized.ByteImage;
import dev.nereid.kernels.quantized.ByteWindows;
import dev.nereid.kernels.quantized.Int8Filters;
import dev.nereid.kernels.quantized.Requantization;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** Downcalls to the C function for depthwise convolutions of bytes; {@code nereid.h} says what it does. */
final class ByteDepthwiseCalls {
    private static final String DEPTHWISE = "nereid_int8_depthwise_";
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle CONVOLVE = NativeLibrary.linked(
                JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT,
                JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS,
                ADDRESS, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT);
    }

    private final MemorySegment function;

    ByteDepthwiseCalls(NativeLibrary library, QuantizedCalls.Variant variant) {
        this.function = library.function(DEPTHWISE + variant.others());
    }

    /**
     * Computes rows of outputs; a convolution over one axis has a single row.
     *
     * @param zero that of x, as its stored bytes have it
     */
    void convolve(
            ByteWindows windows,
            ByteImage x,
            Int8Filters w,
            int planes,
            MemorySegment more,
            MemorySegment filterSums,
            int zero,
            Optional<Requantization> requantization,
            MemorySegment y,
            int from,
            int to) {
        // Of exactly the types that the function has: a boxed number is none of them.
        int lowest = requantization.map(Requantization::lowest).orElse(0);
        int zeroPoint = requantization.map(Requantization::zeroPoint).orElse(0);
        try {
            Linked.CONVOLVE.invokeExact(
                    function,
                    w.shape().groups(),
                    x.segment(),
                    down(windows, windows.input(), 1),
                    across(windows, windows.input()),
                    x.signed() ? 0x80 : 0,
                    x.zeroPoint() & 0xff,
                    w.memory(),
                    planes,
                    more,
                    down(windows, windows.window(), 1),
                    across(windows, windows.window()),
                    down(windows, windows.strides(), 1),
                    across(windows, windows.strides()),
                    down(windows, windows.dilations(), 1),
                    across(windows, windows.dilations()),
                    down(windows, windows.padding(), 0),
                    across(windows, windows.padding()),
                    filterSums,
                    zero,
                    requantization.map(Requantization::bias).orElse(MemorySegment.NULL),
                    requantization.map(Requantization::multipliers).orElse(MemorySegment.NULL),
                    lowest,
                    zeroPoint,
                    y,
                    from,
                    to,
                    across(windows, windows.output()));
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + DEPTHWISE + " failed", e);
        }
    }

    /** The number of the first of two axes; {@code alone} where there is but one. */
    private static int down(ByteWindows windows, long[] numbers, int alone) {
        return windows.axes() == 1 ? alone : Math.toIntExact(numbers[0]);
    }

    private static int across(ByteWindows windows, long[] numbers) {
        return Math.toIntExact(numbers[windows.axes() - 1]);
    }
}
