package dev.nereid.kernels.convolution;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Filters of a transposed convolution in the layout of the kernels that packed them. The memory belongs to the caller of
 * {@link ChannelsLastKernels#packTransposed}.
 *
 * @param kernels the kernels that packed them, and that alone can read them
 */
public record PackedTransposed(TransposedFilters filters, MemorySegment segment, ChannelsLastKernels kernels) {
    public PackedTransposed {
        Objects.requireNonNull(filters, "filters");
        Objects.requireNonNull(segment, "segment");
        Objects.requireNonNull(kernels, "kernels");
    }
}
