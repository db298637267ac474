package dev.nereid.kernels.resize;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Images of another size, and samples between pixels. No state; all methods may run in many threads at a time. */
public interface ResizeKernels {
    /** Bytes of scratch memory that {@link #resample} needs with so many workers. */
    long resampleScratchBytes(ResampledPlane plane, int workers);

    /**
     * Weighted sums along rows and then along columns, of {@code FP32}: for each axis {@code y[j] = sum over t of weights[j,
     * t] * x[indices[j, t]]}, in ascending t.
     *
     * @param scratch memory of {@link #resampleScratchBytes} with any content, aligned to 64 bytes
     */
    void resample(ResampledPlane plane, MemorySegment x, MemorySegment y, MemorySegment scratch, Workers workers);

    /**
     * Finds the cells around points, and what they weigh linearly: of an axis {@code 1 - r} and {@code r}, with r how far
     * a point lies above the cell at or below it; then the product of both axes, and with the factor.
     *
     * @param points that are found; the cells in the order of their numbers
     * @param goesOn whether the cells at the edges go on beyond them; else there are zeros
     * @param rowPositions [points] FP32, counting from the middle of the first cell; likewise the columns'
     * @param factors [points] FP32, if there are any
     */
    void findNeighbours(
            SamplePoints points,
            int rows,
            int columns,
            boolean goesOn,
            MemorySegment rowPositions,
            MemorySegment columnPositions,
            Optional<MemorySegment> factors);

    /** Bytes of scratch memory that {@link #sample} needs with so many workers. */
    long sampleScratchBytes(int channels, int cells, int workers);

    /**
     * Weighted sums of the four cells around points, of {@code FP32}: {@code y[c, p] = sum over t of weights[p, t] * x[c,
     * cells[p, t]]}, in ascending t, one chain of fused multiply-adds.
     *
     * @param x [channels, cells]
     * @param y [channels, points]
     * @param scratch memory of {@link #sampleScratchBytes} with any content, aligned to 64 bytes
     */
    void sample(
            SamplePoints points,
            int channels,
            int cells,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers);

    /**
     * Weighted sums of cells whose channels lie side by side, of {@code FP32}: {@code y[p, c] = sum over t of weights[p, t] *
     * x[cells[p, t], c]}, in ascending t, one chain of fused multiply-adds from zero on.
     *
     * @param x [cells, channels]
     * @param y [points, channels]
     */
    void sumCells(WeightedSamples sums, int channels, MemorySegment x, MemorySegment y);

    /** Bytes of scratch memory that {@link #gather} needs. */
    long gatherScratchBytes(int elementBytes, ResampledPlane plane);

    /**
     * Rows and columns by index: {@code y[o, r, c, i] = x[o, rows[r], columns[c], i]}, for elements of any datatype of a
     * fixed size.
     *
     * @param plane with axes of one index a place, or as they were
     * @param scratch memory of {@link #gatherScratchBytes} with any content, aligned to 64 bytes
     */
    void gather(
            int elementBytes,
            ResampledPlane plane,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers);
}
