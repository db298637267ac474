package dev.nereid.cuda.device;

import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.reduce.ArgMinMax;
import dev.nereid.tensor.DataType;
import java.util.Objects;
import java.util.Optional;

/**
 * The kernels that read and write where indices say, and that find indices, beside {@link DeviceKernels} and by its rules.
 * Negative indices count from the end; one outside of its axis makes {@link DeviceStream#synchronize} fail.
 */
public interface DeviceIndexing {
    /**
     * One index an element, along an axis of a tensor.
     *
     * @param indexType {@code INT32} or {@code INT64}
     * @param layout the extents of the indices and the strides of the tensor along them; every axis is there
     * @param extent of the tensor along the axis
     */
    record Elements(DataType indexType, long indices, BroadcastStrides layout, int axis, int extent) {
        public Elements {
            Objects.requireNonNull(indexType, "indexType");
            Objects.requireNonNull(layout, "layout");
        }
    }

    /**
     * One vector of indices a block, along the axes of a tensor that follow those of a batch.
     *
     * @param indexType {@code INT32} or {@code INT64}
     * @param indices [vectors, extents.length]
     * @param eachBatch vectors of each item of the batch
     * @param extents of the axes, at most {@link BroadcastStrides#MOST_DIMS}; not to be changed
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Vectors(DataType indexType, long indices, int vectors, int eachBatch, int[] extents) {
        public Vectors {
            Objects.requireNonNull(indexType, "indexType");
        }
    }

    /**
     * Gathers blocks along the middle axis: {@code y[o, i] = x[o, indices[i]]}.
     *
     * @param x [outer, extent, inner]
     * @param indices [count] of {@code INT32} or {@code INT64}
     * @param y [outer, count, inner]
     */
    void gather(
            int elementBytes,
            DataType indexType,
            long x,
            long indices,
            long y,
            int outer,
            int extent,
            int count,
            int inner);

    /** Gathers elements: {@code y[i]} is the element of x that index i names. */
    void gatherElements(int elementBytes, Elements elements, long x, long y);

    /** Gathers blocks: {@code y[i]} is the block of x that vector i names. x: [blocks, block]; y: [vectors, block]. */
    void gatherBlocks(int elementBytes, Vectors vectors, long x, long y, int block);

    /** Bytes of scratch memory that updates need of a tensor that has so many places for them. */
    long scatterBytes(int updates, int places);

    /**
     * Joins updates with the elements that indices name, in order: several updates of one element give what one loop over
     * all of them gives, by the bit.
     *
     * @param reduction how they join; the last update alone counts where it is empty
     * @param y changed where indices name it
     * @param places elements of y
     */
    void scatterElements(
            Optional<BinaryOp> reduction,
            DataType type,
            Elements elements,
            long updates,
            long y,
            int places,
            long scratch);

    /**
     * As {@link #scatterElements}, of blocks.
     *
     * @param updates [vectors, block]
     * @param y [places, block]
     */
    void scatterBlocks(
            Optional<BinaryOp> reduction,
            DataType type,
            Vectors vectors,
            long updates,
            long y,
            int places,
            int block,
            long scratch);

    /**
     * Where the greatest or least number along the middle axis is.
     *
     * @param last whether the last of equal ones is wanted, and not the first
     * @param x of {@code type} [outer, extent, inner]; the extent is not 0
     * @param y {@code INT64} [outer, inner]
     */
    void argMinMax(ArgMinMax extreme, boolean last, DataType type, long x, long y, int outer, int extent, int inner);

    /**
     * The k largest or smallest along the middle axis, in order, and where they were; of equal ones the first comes first.
     *
     * @param x [outer, extent, inner]
     * @param values [outer, k, inner]; 0 for none
     * @param places {@code INT64} [outer, k, inner]; 0 for none
     */
    void topK(boolean largest, long x, long values, long places, int outer, int extent, int inner, int k);
}
