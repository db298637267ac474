package dev.nereid.kernels.convolution;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Filters in the layout of the kernels that packed them. The memory belongs to the caller of
 * {@link ChannelsLastKernels#pack}.
 *
 * @param winograd whether they are for Winograd's algorithm
 * @param kernels the kernels that packed them, and that alone can read them
 */
public record PackedFilters(Filters filters, boolean winograd, MemorySegment segment, ChannelsLastKernels kernels) {
    public PackedFilters {
        Objects.requireNonNull(filters, "filters");
        Objects.requireNonNull(segment, "segment");
        Objects.requireNonNull(kernels, "kernels");
    }
}
