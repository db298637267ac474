package dev.nereid.kernels.quantized;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/**
 * Dispatches convolutions of bytes by shape: depthwise ones to one set of kernels, all others to another.
 *
 * @param depthwise for shapes that {@link FilterShape#isDepthwise} says yes to
 */
public record DepthwiseDispatch(Int8ConvolutionKernels depthwise, Int8ConvolutionKernels others)
        implements Int8ConvolutionKernels {
    public DepthwiseDispatch {
        Objects.requireNonNull(depthwise, "depthwise");
        Objects.requireNonNull(others, "others");
    }

    private Int8ConvolutionKernels of(FilterShape shape) {
        return shape.isDepthwise() ? depthwise : others;
    }

    @Override
    public boolean prefersDepthwise() {
        return depthwise.prefersDepthwise();
    }

    @Override
    public Int8ConvolutionKernels withSmallFilters() {
        return new DepthwiseDispatch(depthwise.withSmallFilters(), others.withSmallFilters());
    }

    @Override
    public long filterBytes(FilterShape shape) {
        return of(shape).filterBytes(shape);
    }

    @Override
    public long filterScratchBytes(FilterShape shape) {
        return of(shape).filterScratchBytes(shape);
    }

    @Override
    public Int8Filters filters(
            FilterShape shape, boolean signed, MemorySegment w, MemorySegment memory, MemorySegment scratch) {
        return of(shape).filters(shape, signed, w, memory, scratch);
    }

    @Override
    public long scratchBytes(ByteWindows windows, FilterShape shape, Workers workers) {
        return of(shape).scratchBytes(windows, shape, workers);
    }

    @Override
    public void convolve(
            ByteWindows windows,
            ByteImage x,
            Int8Filters w,
            ZeroPoints wZero,
            Optional<Requantization> requantization,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        of(w.shape()).convolve(windows, x, w, wZero, requantization, y, scratch, workers);
    }
}
