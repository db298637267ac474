package dev.nereid.kernels.convolution;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Convolutions of {@code FP32} over one or two spatial axes with the channels last. x: [batch, input...,
 * channels]; y: [batch, output..., filters]. No state; all methods may run in many threads at a time. The order of
 * additions depends on the shape of one item alone. Outputs must not overlap inputs.
 */
public interface ChannelsLastKernels {
    /** Whether these kernels have Winograd's algorithm for filters that move like {@code window}. */
    boolean hasWinograd(Filters filters, Window window);

    /** Whether they have it and it is faster there. It rounds differently from direct convolution. */
    boolean suitsWinograd(Filters filters, Window window);

    /**
     * These kernels, which from then on say by what was measured on this machine what is faster; without it a rule does that is
     * right on most. Filters packed by either are not for the other.
     */
    default ChannelsLastKernels choosingBy(ConvolutionCostModel costs) {
        return this;
    }

    /** Bytes of memory that {@link #pack} needs. */
    long packedBytes(Filters filters, boolean winograd);

    /**
     * Copies filters into the layout that these kernels read fastest. For constants.
     *
     * @param winograd whether for Winograd's algorithm, which they must have for them
     * @param w [filters, channels / groups, kernel...]
     * @param memory of {@link #packedBytes}, zeroed, aligned to 64 bytes; good as long as the result is used
     */
    PackedFilters pack(Filters filters, boolean winograd, MemorySegment w, MemorySegment memory);

    /** Bytes of scratch memory that {@link #packComputed} needs. */
    default long computedScratchBytes(Filters filters) {
        return filters.elements() * Float.BYTES;
    }

    /**
     * Packs filters as {@link #pack} does for direct convolution, in less time. For filters that are computed anew for every run.
     *
     * @param frames how many parts the channels come in, which are the axis behind them
     * @param w [filters, channels / groups / frames, frames, kernel...]
     * @param memory of {@link #packedBytes} with any content, aligned to 64 bytes; good as long as the result is used
     * @param scratch memory of {@link #computedScratchBytes} with any content, aligned to 64 bytes
     */
    default PackedFilters packComputed(
            Filters filters, int frames, MemorySegment w, MemorySegment memory, MemorySegment scratch) {
        return pack(filters, false, filters.stacked(frames, w, scratch), memory.fill((byte) 0));
    }

    /**
     * A convolution made ready for one shape.
     *
     * @param w packed by these kernels, of the shape's filters; must live as long as the result is used
     */
    PreparedConvolution prepare(ConvShape shape, PackedFilters w);

    /**
     * Convolutions that follow each other, made ready for one shape: what lies between them is never there as a whole where
     * these kernels can do without.
     *
     * @param links in order, their filters packed by these kernels
     */
    default PreparedChain prepare(List<ChainLink> links) {
        return new SequentialChain(this, links);
    }

    /** Bytes of memory that {@link #packTransposed} needs. */
    long packedBytes(TransposedFilters filters);

    /**
     * Copies the filters of a transposed convolution into the layout that these kernels read fastest. For constants.
     *
     * @param w [inputs, outputs, kernel...]
     * @param memory of {@link #packedBytes}, zeroed, aligned to 64 bytes; good as long as the result is used
     */
    PackedTransposed packTransposed(TransposedFilters filters, MemorySegment w, MemorySegment memory);

    /**
     * A transposed convolution made ready for one shape. Its x: [batch, output..., filters] and y: [batch, input...,
     * channels] of the convolution that would make x from y, which is the shape. One group, taps that lie next to each
     * other, no negative padding; none at all along the last axis, and as many cells of y as its taps, where the kernel is
     * as long as its stride there.
     *
     * @param w packed by these kernels, of the shape's filters; must live as long as the result is used
     * @throws IllegalArgumentException for other shapes
     */
    PreparedConvolution prepareTransposed(ConvShape shape, PackedTransposed w);
}
