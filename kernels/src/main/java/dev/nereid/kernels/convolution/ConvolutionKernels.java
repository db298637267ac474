package dev.nereid.kernels.convolution;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;

/**
 * Convolutions in both layouts: the interface of operators. {@link #prepare} chooses the algorithm of a layer. No state;
 * all methods may run in many threads at a time.
 *
 * @param channelsFirst what a layer of kernels has for channels-first tensors
 * @param channelsLast what it has for channels-last tensors
 */
public record ConvolutionKernels(ChannelsFirstKernels channelsFirst, ChannelsLastKernels channelsLast) {
    public ConvolutionKernels {
        Objects.requireNonNull(channelsFirst, "channelsFirst");
        Objects.requireNonNull(channelsLast, "channelsLast");
    }

    /** Whether a convolution of {@code FP32} is as fast with its channels first as with its channels last. */
    public boolean suitsChannelsFirst(ConvShape shape) {
        return channelsFirst.suitsFirst(shape);
    }

    /** Whether {@link #prepare} chooses Winograd's algorithm for a layer. */
    public boolean usesWinograd(ConvolutionLayer.ChannelsLast layer) {
        return ChannelsLastPlan.of(channelsLast, layer).winograd();
    }

    /** Chooses the algorithm of a layer. */
    public ConvolutionPlan prepare(ConvolutionLayer layer) {
        return switch (layer) {
            case ConvolutionLayer.ChannelsFirst first -> new ChannelsFirstPlan(channelsFirst, first);
            case ConvolutionLayer.ChannelsLast last -> ChannelsLastPlan.of(channelsLast, last);
            case ConvolutionLayer.ChannelsLastTransposed transposed -> TransposedPlans.of(channelsLast, transposed);
        };
    }

    /** Bytes of memory that {@link #packLink} needs. */
    public long linkBytes(Filters filters) {
        return channelsLast.packedBytes(filters, false);
    }

    /**
     * Packs the constant filters of a {@link ChainLink}.
     *
     * @param w [filters, channels / groups, kernel...]
     * @param memory of {@link #linkBytes}, zeroed, aligned to 64 bytes; good as long as the result is used
     */
    public PackedFilters packLink(Filters filters, MemorySegment w, MemorySegment memory) {
        return channelsLast.pack(filters, false, w, memory);
    }

    /**
     * Convolutions that follow each other, made ready for one shape.
     *
     * @param links in order, their filters packed by {@link #packLink}
     */
    public PreparedChain prepare(List<ChainLink> links) {
        return channelsLast.prepare(links);
    }
}
