package dev.nereid.kernels.convolution;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;

/** Transposed layers with their channels last. Computed filters are always split by phase. */
final class TransposedPlans {
    private static final int VOLUME = 3;

    private TransposedPlans() {}

    static ConvolutionPlan of(ChannelsLastKernels kernels, ConvolutionLayer.ChannelsLastTransposed layer) {
        PhasedTransposedFilters phased = new PhasedTransposedFilters(layer.shape(), kernels);
        if (!layer.plain()) {
            return new Plan(phased, (w, memory) -> phased(phased, w, memory));
        }
        return layer.shape().window().rank() == VOLUME
                ? new Plan(phased, (w, memory) -> volume(kernels, layer.shape(), w, memory))
                : new Plan(phased, (w, memory) -> plane(kernels, layer.shape(), w, memory));
    }

    /** What packs constant filters. */
    @FunctionalInterface
    private interface Packing {
        ConvolutionPlan.Packed pack(MemorySegment w, LongFunction<MemorySegment> memory);
    }

    private record Plan(PhasedTransposedFilters phased, Packing constants) implements ConvolutionPlan {
        @Override
        public Packed pack(MemorySegment w, LongFunction<MemorySegment> memory) {
            return constants.pack(w, memory);
        }

        @Override
        public PreparedConvolution prepare(ConvShape shape, MemorySegment w, LongFunction<MemorySegment> scratch) {
            List<Optional<PackedFilters>> packed = phased.packComputed(
                    w, scratch.apply(phased.packedBytes()), scratch.apply(phased.computedScratchBytes()));
            return phased.prepare(shape, packed);
        }
    }

    private static ConvolutionPlan.Packed phased(
            PhasedTransposedFilters filters, MemorySegment w, LongFunction<MemorySegment> memory) {
        List<Optional<PackedFilters>> packed = filters.pack(w, memory.apply(filters.packedBytes()));
        return shape -> filters.prepare(shape, packed);
    }

    private static ConvolutionPlan.Packed plane(
            ChannelsLastKernels kernels, ConvShape any, MemorySegment w, LongFunction<MemorySegment> memory) {
        TransposedFilters filters = TransposedFilters.of(any);
        PackedTransposed packed = kernels.packTransposed(filters, w, memory.apply(kernels.packedBytes(filters)));
        return shape -> kernels.prepareTransposed(shape, packed);
    }

    private static ConvolutionPlan.Packed volume(
            ChannelsLastKernels kernels, ConvShape any, MemorySegment w, LongFunction<MemorySegment> memory) {
        TransposedFilters3d filters = new TransposedFilters3d(any, kernels);
        List<PackedTransposed> packed = filters.pack(w, memory.apply(filters.packedBytes()));
        return shape -> filters.prepare(shape, packed);
    }
}
