package dev.nereid.kernels.pooling;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.resize.ResampledPlane;
import dev.nereid.kernels.resize.SamplePoints;
import dev.nereid.kernels.resize.WeightedSamples;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Reductions of the cells under a moving window, and images of another size. x: [channels, input...]; y: [channels, output...], where channels counts
 * those of all items of a batch. No state; all methods may run in many threads at a time.
 */
public interface PoolingKernels {
    /** The reduction of the cells under a window. */
    sealed interface Reduction {
        /**
         * The mean.
         *
         * @param countsPadding whether padding counts as cells; cells beyond the padding never do
         * @param paddingEnd cells of padding after the last cell of the input, for each axis
         */
        @SuppressWarnings("ArrayRecordComponent")
        record Mean(boolean countsPadding, int[] paddingEnd) implements Reduction {}

        /** The p-norm. */
        record Norm(int p) implements Reduction {}
    }

    /** Bytes of scratch memory that {@link #max} and {@link #reduce} need. */
    long scratchBytes(Window window);

    /**
     * Max pooling, of a float or integer datatype.
     *
     * @param indices where the index of each maximum in x goes, as {@code INT64}: [channels, output...]
     * @param firstAxisFastest whether {@code indices} number the cells of a channel with the first spatial axis fastest
     * @param scratch memory of {@link #scratchBytes} with any content, aligned to 64 bytes
     */
    void max(
            DataType type,
            int channels,
            Window window,
            MemorySegment x,
            MemorySegment y,
            Optional<MemorySegment> indices,
            boolean firstAxisFastest,
            MemorySegment scratch);

    /** The reduction of the cells under each window, of a float datatype. */
    void reduce(
            DataType type,
            int channels,
            Window window,
            Reduction reduction,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch);

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
