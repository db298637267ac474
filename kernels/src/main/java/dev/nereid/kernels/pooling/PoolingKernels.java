package dev.nereid.kernels.pooling;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Reductions of the cells under a moving window. With the channels first x: [channels, input...]; y: [channels, output...],
 * where channels counts those of all items of a batch. With the channels last x: [batch, input..., channels]; y: [batch,
 * output..., channels], of one to three spatial axes. No state; all methods may run in many threads at a time.
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
        record Mean(boolean countsPadding, int[] paddingEnd) implements Reduction {
            /** How many cells are counted under each place of a window, over the axes [{@code from}, {@code to}) of it. */
            public int[] counts(Window window, int from, int to) {
                int[] counts = {1};
                for (int axis = from; axis < to; axis++) {
                    int extent = window.output()[axis];
                    int[] longer = new int[counts.length * extent];
                    for (int at = 0; at < longer.length; at++) {
                        longer[at] = counts[at / extent] * count(window, axis, at % extent);
                    }
                    counts = longer;
                }
                return counts;
            }

            /** How many cells along an axis are counted under a place of a window. */
            public int count(Window window, int axis, int at) {
                int low = countsPadding ? -window.padding()[axis] : 0;
                int high = window.input()[axis] + (countsPadding ? paddingEnd[axis] : 0);
                int count = 0;
                for (int tap = 0; tap < window.kernel()[axis]; tap++) {
                    int position = window.position(axis, at, tap);
                    count += position >= low && position < high ? 1 : 0;
                }
                return count;
            }
        }

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

    /** Bytes of scratch memory that {@link #maxChannelsLast} and {@link #meanChannelsLast} need. */
    long channelsLastScratchBytes(Window window, int batch, int channels);

    /**
     * Max pooling of {@code FP32} with the channels last. NaN where an input under the window is NaN; where zeros of both
     * signs are the highest, either of them.
     *
     * @param scratch memory of {@link #channelsLastScratchBytes} with any content, aligned to 64 bytes
     */
    void maxChannelsLast(
            Window window,
            int batch,
            int channels,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers);

    /**
     * Average pooling of {@code FP32} with the channels last.
     *
     * @param scratch memory of {@link #channelsLastScratchBytes} with any content, aligned to 64 bytes
     */
    void meanChannelsLast(
            Window window,
            int batch,
            int channels,
            Reduction.Mean mean,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers);
}
