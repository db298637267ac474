package dev.nereid.kernels.convolution;

import dev.nereid.kernels.matmul.Activation;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One convolution of several that follow each other: {@code y = activation(x * w + bias)}.
 *
 * @param w packed, not for Winograd's algorithm; must live as long as what is prepared with it
 * @param bias [filters]; lives as long
 */
public record ChainLink(ConvShape shape, PackedFilters w, Optional<MemorySegment> bias, Activation activation) {
    public ChainLink {
        Objects.requireNonNull(activation, "activation");
        if (w.winograd() || !w.filters().equals(Filters.of(shape))) {
            throw new IllegalArgumentException(
                    "filters for another algorithm or other sizes: " + w + ", expected " + Filters.of(shape));
        }
        if (bias.isPresent()) {
            SegmentChecks.floats("bias", bias.get(), shape.filters());
        }
    }

    /**
     * Checks that every convolution reads what the one before writes.
     *
     * @throws IllegalArgumentException if one does not, or there is none
     */
    public static void check(List<ChainLink> links) {
        if (links.isEmpty()) {
            throw new IllegalArgumentException("a chain of no convolutions");
        }
        for (int i = 1; i < links.size(); i++) {
            ConvShape from = links.get(i - 1).shape();
            ConvShape to = links.get(i).shape();
            if (from.batch() != to.batch()
                    || from.filters() != to.channels()
                    || !Arrays.equals(from.window().output(), to.window().input())) {
                throw new IllegalArgumentException("a convolution " + to + " of what " + from + " makes");
            }
        }
    }
}
