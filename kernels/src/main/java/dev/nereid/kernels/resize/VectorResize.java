package dev.nereid.kernels.resize;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/** Resizing and sampling by vectors. */
public final class VectorResize implements ResizeKernels {
    private final Optional<ResizeGatherKernel> nearestResize;

    /** Everything by vectors. */
    public VectorResize() {
        this(Optional.empty());
    }

    /** With a kernel that gathers words of an image. */
    public VectorResize(Optional<ResizeGatherKernel> nearestResize) {
        this.nearestResize = nearestResize;
    }

    @Override
    public long resampleScratchBytes(ResampledPlane plane, int workers) {
        return WeightedResize.scratchBytes(plane, workers);
    }

    @Override
    public void resample(
            ResampledPlane plane, MemorySegment x, MemorySegment y, MemorySegment scratch, Workers workers) {
        WeightedResize.run(plane, x, y, scratch, workers);
    }

    @Override
    public void findNeighbours(
            SamplePoints points,
            int rows,
            int columns,
            boolean goesOn,
            MemorySegment rowPositions,
            MemorySegment columnPositions,
            Optional<MemorySegment> factors) {
        new SamplePointNeighbours(points, rows, columns, goesOn).run(rowPositions, columnPositions, factors);
    }

    @Override
    public long sampleScratchBytes(int channels, int cells, int workers) {
        return BilinearSampling.scratchBytes(channels, cells, workers);
    }

    @Override
    public void sample(
            SamplePoints points,
            int channels,
            int cells,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        BilinearSampling sampled = new BilinearSampling(channels, cells, points);
        sampled.check(x, y);
        Objects.checkFromIndexSize(0, sampleScratchBytes(channels, cells, workers.count()), scratch.byteSize());
        sampled.run(x.address(), y.address(), scratch.address(), workers);
    }

    @Override
    public void sumCells(WeightedSamples sums, int channels, MemorySegment x, MemorySegment y) {
        WeightedPixelSums.run(sums, channels, x, y);
    }

    @Override
    public long gatherScratchBytes(int elementBytes, ResampledPlane plane) {
        return NearestResize.scratchBytes(elementBytes, plane);
    }

    @Override
    public void gather(
            int elementBytes,
            ResampledPlane plane,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        NearestResize.run(elementBytes, plane, x, y, scratch, workers, nearestResize);
    }
}
