package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.quantized.Requantization;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** Downcalls to the C function for Winograd's algorithm over bytes; {@code nereid.h} says what it does. */
final class Int8WinogradCalls {
    private static final String CONVOLVE = "nereid_int8_winograd_avx2";
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle HANDLE = NativeLibrary.linked(
                JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, ADDRESS,
                ADDRESS, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
    }

    private final MemorySegment function;

    Int8WinogradCalls(NativeLibrary library) {
        this.function = library.function(CONVOLVE);
    }

    /** Which tiles a call makes: some from number {@code first} on, {@code block} of them at a time. */
    record Tiles(int first, int count, int block) {}

    /**
     * The image that is read.
     *
     * @param x from the first window on
     * @param rowBytes from row to row
     * @param channels of a cell
     */
    record Image(MemorySegment x, long rowBytes, int channels) {}

    /** The extents of the outputs, and how many numbers lie from one to the next. */
    record Outputs(int height, int width, long step) {}

    /** Makes tiles of some columns; segments begin with the first of these. */
    void convolve(
            Tiles tiles,
            Image image,
            Outputs outputs,
            int columns,
            MemorySegment filters,
            MemorySegment y,
            MemorySegment columnStart,
            MemorySegment columnFactor,
            MemorySegment rowSums,
            Optional<Requantization> requantization,
            MemorySegment scratch) {
        // Of exactly the types that the function has: a boxed number is none of them.
        int lowest = requantization.map(Requantization::lowest).orElse(0);
        int zeroPoint = requantization.map(Requantization::zeroPoint).orElse(0);
        try {
            Linked.HANDLE.invokeExact(
                    function,
                    tiles.first(),
                    tiles.count(),
                    tiles.block(),
                    outputs.height(),
                    outputs.width(),
                    image.x(),
                    image.rowBytes(),
                    image.channels(),
                    columns,
                    filters,
                    y,
                    outputs.step(),
                    columnStart,
                    columnFactor,
                    rowSums,
                    requantization.map(Requantization::multipliers).orElse(MemorySegment.NULL),
                    lowest,
                    zeroPoint,
                    scratch);
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + CONVOLVE + " failed", e);
        }
    }
}
