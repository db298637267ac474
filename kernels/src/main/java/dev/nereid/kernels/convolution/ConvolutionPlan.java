package dev.nereid.kernels.convolution;

import java.lang.foreign.MemorySegment;
import java.util.function.LongFunction;

/** A layer with its algorithm. Immutable; any number of threads. */
public interface ConvolutionPlan {
    /** A layer with constant filters, for inputs of any extents. */
    @FunctionalInterface
    interface Packed {
        /** The convolution made ready for one shape. */
        PreparedConvolution prepare(ConvShape shape);
    }

    /**
     * Packs constant filters, once for all runs.
     *
     * @param w in ONNX's order; must live as long as the result is used, as must {@code memory}
     * @param memory gives as many bytes as it is asked for, zeroed and aligned to 64 bytes
     */
    Packed pack(MemorySegment w, LongFunction<MemorySegment> memory);

    /**
     * The convolution made ready for one shape and filters that are computed anew for every run.
     *
     * @param w in ONNX's order
     * @param scratch gives as many bytes as it is asked for, of any content, aligned to 64 bytes; they must live as long as
     *     the result is used
     */
    PreparedConvolution prepare(ConvShape shape, MemorySegment w, LongFunction<MemorySegment> scratch);
}
