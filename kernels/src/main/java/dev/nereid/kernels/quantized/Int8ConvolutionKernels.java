package dev.nereid.kernels.quantized;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Convolutions of bytes. Every implementation gives the same bits: sums are exact modulo 2^32. Stateless; for any number
 * of threads.
 */
public interface Int8ConvolutionKernels {
    /**
     * Whether depthwise convolutions are at least as fast as those of floats with conversions around them: sums of few
     * numbers gain little from being integers, and there are fast loops for floats.
     */
    default boolean prefersDepthwise() {
        return false;
    }

    /**
     * Kernels whose filters take no more memory than their bytes, and little time to be packed. Filters of the one are not
     * for the other.
     */
    default Int8ConvolutionKernels withSmallFilters() {
        return this;
    }

    /** Bytes that {@link #filters} needs. */
    long filterBytes(FilterShape shape);

    /** Bytes of scratch memory that {@link #filters} needs. */
    long filterScratchBytes(FilterShape shape);

    /**
     * Packs the filters of a convolution: at load for constants, else for each convolution.
     *
     * @param w uint8 or int8 [outputs, channels of a group, window...]
     * @param memory receives the layout, {@link #filterBytes} long, 64-byte aligned
     */
    Int8Filters filters(
            FilterShape shape, boolean signed, MemorySegment w, MemorySegment memory, MemorySegment scratch);

    /** Bytes of scratch memory, 64-byte aligned, that {@link #convolve} needs. */
    long scratchBytes(ByteWindows windows, FilterShape shape, Workers workers);

    /**
     * Convolves one item with its channels last: a sum is that of {@code (x - xZero) * (w - wZero[output])} under the
     * window, and what lies beyond the edges adds nothing.
     *
     * @param wZero the same for all outputs, or one each
     * @param requantization how sums become bytes; where it is empty, sums are stored
     * @param y uint8 or int8, or int32 for sums: [output positions..., outputs]
     */
    void convolve(
            ByteWindows windows,
            ByteImage x,
            Int8Filters w,
            ZeroPoints wZero,
            Optional<Requantization> requantization,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers);
}
