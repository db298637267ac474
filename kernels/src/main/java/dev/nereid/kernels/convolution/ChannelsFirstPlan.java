package dev.nereid.kernels.convolution;

import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.LongFunction;

/** A layer with its channels first, whose filters are read in the order they have. */
record ChannelsFirstPlan(ChannelsFirstKernels kernels, ConvolutionLayer.ChannelsFirst layer)
        implements ConvolutionPlan {
    @Override
    public Packed pack(MemorySegment w, LongFunction<MemorySegment> memory) {
        return shape -> new Run(this, shape, w);
    }

    @Override
    public PreparedConvolution prepare(ConvShape shape, MemorySegment w, LongFunction<MemorySegment> scratch) {
        return new Run(this, shape, w);
    }

    private record Run(ChannelsFirstPlan plan, ConvShape shape, MemorySegment w) implements PreparedConvolution {
        @Override
        public long scratchBytes(int workers) {
            if (plan.layer.type() != DataType.FP32) {
                return 0;
            }
            return plan.layer.transposed()
                    ? plan.kernels.transposedScratchBytes(shape)
                    : plan.kernels.scratchBytes(shape, workers);
        }

        @Override
        public void run(
                MemorySegment x,
                Optional<MemorySegment> bias,
                Activation activation,
                Optional<MemorySegment> residual,
                MemorySegment y,
                MemorySegment scratch,
                Workers workers) {
            DataType type = plan.layer.type();
            boolean transposed = plan.layer.transposed();
            if (type == DataType.FP32 && !transposed) {
                plan.kernels.convolve(shape, x, w, bias, activation, residual, y, scratch, workers);
                return;
            }
            if (activation.kind() != Activation.Kind.NONE || residual.isPresent()) {
                throw new IllegalArgumentException("an activation or a residual: expected a convolution of FP32 that is"
                        + " not transposed, got " + plan.layer);
            }
            if (type == DataType.FP32) {
                plan.kernels.convolveTransposed(shape, x, w, bias, y, scratch, workers);
            } else if (transposed) {
                plan.kernels.convolveTransposed(type, shape, x, w, bias, y);
            } else {
                plan.kernels.convolve(type, shape, x, w, bias, y);
            }
        }
    }
}
