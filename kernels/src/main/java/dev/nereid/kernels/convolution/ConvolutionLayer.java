package dev.nereid.kernels.convolution;

import dev.nereid.tensor.DataType;
import java.util.Objects;
import java.util.Optional;

/** What is known of a convolution before its inputs are: what its algorithm is chosen by. */
public sealed interface ConvolutionLayer {
    /**
     * Channels-first tensors of any number of spatial axes. Only {@code FP32} may have an activation and a residual, and a
     * transposed one has neither.
     *
     * @param transposed whether it is the convolution of {@link ChannelsFirstKernels#convolveTransposed}
     */
    record ChannelsFirst(DataType type, boolean transposed) implements ConvolutionLayer {
        public ChannelsFirst {
            Objects.requireNonNull(type, "type");
        }
    }

    /**
     * Channels-last tensors of {@code FP32} with one to three spatial axes.
     *
     * @param filters with all taps
     * @param kernel the extents of a filter; not to be changed
     * @param usual the window over inputs of usual extents; empty if nothing is known of them
     * @param winograd whether Winograd's algorithm may be used, for constant filters
     */
    @SuppressWarnings("ArrayRecordComponent")
    record ChannelsLast(Filters filters, int[] kernel, Optional<Window> usual, boolean winograd)
            implements ConvolutionLayer {
        public ChannelsLast {
            Objects.requireNonNull(filters, "filters");
            Objects.requireNonNull(usual, "usual");
        }
    }

    /**
     * A transposed convolution of channels-last tensors of {@code FP32} with one to three spatial axes.
     *
     * @param shape of any extents: which convolution makes x from y
     * @param plain whether every shape of it suits {@link ChannelsLastKernels#prepareTransposed}, axis by axis
     */
    record ChannelsLastTransposed(ConvShape shape, boolean plain) implements ConvolutionLayer {
        public ChannelsLastTransposed {
            Objects.requireNonNull(shape, "shape");
        }
    }
}
