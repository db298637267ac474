package dev.nereid.cuda.device;

import dev.nereid.cuda.device.DeviceAttentionWindow.Counts;
import dev.nereid.tensor.DataType;
import java.util.Objects;

/**
 * Kernels that prepare the inputs of attention: rotary position embedding and the KV cache; beside {@link DeviceKernels}
 * and by its rules. Strides are in elements, along batch, heads and tokens; the elements of a vector are dense; arrays
 * are not to be changed.
 */
public interface DeviceTokens {
    /**
     * The number of past tokens of each item, before those of a run.
     *
     * @param counts tokens of past and present, fewer where the present ends in padding behind no past; where there are none,
     *     {@code tokens} is the past of every item
     * @param present tokens of the run
     */
    record Pasts(Counts counts, int present, int tokens) {
        public Pasts {
            Objects.requireNonNull(counts, "counts");
        }

        /** The same number of past tokens for every item. */
        public static Pasts of(int tokens, int present) {
            return new Pasts(Counts.NONE, present, tokens);
        }
    }

    /**
     * Vectors whose first elements are turned in pairs, by angles of which each token has a row: that which its position says,
     * if there are positions, and behind it as many as the past has tokens and as the strides of rows say.
     *
     * @param half pairs of a vector
     * @param rows of angles
     * @param neighbours whether pairs are elements beside each other, and not {@code half} apart
     * @param positionStrides of the positions, along items and tokens
     * @param rowStrides how many rows further the next item and the next token are
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Rotation(
            int batch,
            int heads,
            int tokens,
            int size,
            int half,
            int rows,
            boolean neighbours,
            int[] xStrides,
            int[] yStrides,
            Pasts pasts,
            int[] positionStrides,
            int[] rowStrides) {}

    /**
     * Rotary position embedding. A row out of range makes {@link DeviceStream#synchronize} fail.
     *
     * @param type {@code FP32}, {@code FP16} or {@code BF16}
     * @param cosines [rows, half]; so are the sines
     * @param positions {@code INT64}; 0 for none
     */
    void rotate(DataType type, Rotation rotation, long x, long cosines, long sines, long positions, long y);

    /**
     * A KV cache that grows by the tokens of a run.
     *
     * @param room tokens that the past's memory has
     * @param capacity tokens that the present's memory has
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Growth(int batch, int heads, int room, int capacity, int size, int[] xStrides, Pasts pasts) {}

    /**
     * Concatenates the past and the tokens of a run, and writes zeros behind them. A past that does not fit makes {@link
     * DeviceStream#synchronize} fail.
     *
     * @param elementBytes 2 or 4
     * @param past [batch, heads, room, size]; 0 for none
     * @param y [batch, heads, capacity, size]
     */
    void append(int elementBytes, Growth growth, long past, long x, long y);
}
