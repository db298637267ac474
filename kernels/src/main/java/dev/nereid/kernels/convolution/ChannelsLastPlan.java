package dev.nereid.kernels.convolution;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.LongFunction;

/**
 * A layer with its channels last: packed filters, by Winograd's algorithm or by direct convolution.
 *
 * @param volume how filters over three axes become filters over two; empty over fewer axes
 * @param winograd whether constant filters are packed for Winograd's algorithm
 */
record ChannelsLastPlan(
        ChannelsLastKernels kernels, ConvolutionLayer.ChannelsLast layer, Optional<Filters3d> volume, boolean winograd)
        implements ConvolutionPlan {
    private static final int VOLUME = 3;

    static ChannelsLastPlan of(ChannelsLastKernels kernels, ConvolutionLayer.ChannelsLast layer) {
        Optional<Filters3d> volume = layer.kernel().length == VOLUME
                ? Optional.of(layer.usual()
                        .map(window -> Filters3d.of(layer.filters(), window))
                        .orElseGet(() -> Filters3d.stacked(layer.filters(), layer.kernel()[0])))
                : Optional.empty();
        Filters flat = volume.map(Filters3d::flat).orElse(layer.filters());
        Optional<Window> window =
                layer.usual().map(usual -> volume.map(over -> over.flat(usual)).orElse(usual));
        boolean winograd = layer.winograd()
                && window.filter(over -> kernels.suitsWinograd(flat, over)).isPresent();
        return new ChannelsLastPlan(kernels, layer, volume, winograd);
    }

    @Override
    public Packed pack(MemorySegment w, LongFunction<MemorySegment> memory) {
        if (volume.isPresent()) {
            Filters3d filters = volume.get();
            PackedFilters packed =
                    filters.pack(kernels, winograd, w, memory.apply(kernels.packedBytes(filters.flat(), winograd)));
            return shape -> filters.prepare(shape, kernels, packed);
        }
        Filters filters = layer.filters();
        PackedFilters packed = kernels.pack(filters, winograd, w, memory.apply(kernels.packedBytes(filters, winograd)));
        return shape -> kernels.prepare(shape, packed);
    }

    @Override
    public PreparedConvolution prepare(ConvShape shape, MemorySegment w, LongFunction<MemorySegment> scratch) {
        if (volume.isPresent()) {
            Filters3d filters = Filters3d.stacked(layer.filters(), layer.kernel()[0]);
            PackedFilters packed = filters.packComputed(
                    kernels,
                    w,
                    scratch.apply(kernels.packedBytes(filters.flat(), false)),
                    scratch.apply(kernels.computedScratchBytes(filters.flat())));
            return filters.prepare(shape, kernels, packed);
        }
        Filters filters = layer.filters();
        PackedFilters packed = kernels.packComputed(
                filters,
                1,
                w,
                scratch.apply(kernels.packedBytes(filters, false)),
                scratch.apply(kernels.computedScratchBytes(filters)));
        return kernels.prepare(shape, packed);
    }
}
