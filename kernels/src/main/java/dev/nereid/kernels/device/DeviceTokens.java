package dev.nereid.kernels.device;

import dev.nereid.kernels.device.DeviceAttentionWindow.Counts;
import dev.nereid.tensor.DataType;
import java.util.Objects;

/**
 * The kernels that prepare the vectors of tokens for attention, beside {@link DeviceKernels} and by its rules. Strides are in
 * elements, along items of the batch, heads and tokens, of which the elements are dense; arrays are not to be changed.
 */
public interface DeviceTokens {
    /**
     * How many tokens each item has had before those of a run.
     *
     * @param counts tokens of past and present, fewer where the present ends in padding behind no past; where there are none,
     *     {@code tokens} is the past of every item
     * @param present tokens of the run
     */
    record Pasts(Counts counts, int present, int tokens) {
        public Pasts {
            Objects.requireNonNull(counts, "counts");
        }

        /** Every item has had so many. */
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
     * Turns vectors. A row that is not there makes {@link DeviceStream#synchronize} fail.
     *
     * @param type {@code FP32}, {@code FP16} or {@code BF16}
     * @param cosines [rows, half]; so are the sines
     * @param positions {@code INT64}; 0 for none
     */
    void rotate(DataType type, Rotation rotation, long x, long cosines, long sines, long positions, long y);

    /**
     * A cache that grows by the tokens of a run.
     *
     * @param room tokens that the past's memory has
     * @param capacity tokens that the present's memory has
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Growth(int batch, int heads, int room, int capacity, int size, int[] xStrides, Pasts pasts) {}

    /**
     * Joins the past with the tokens of a run, and writes zeros behind them. A past that does not fit makes
     * {@link DeviceStream#synchronize} fail.
     *
     * @param elementBytes 2 or 4
     * @param past [batch, heads, room, size]; 0 for none
     * @param y [batch, heads, capacity, size]
     */
    void append(int elementBytes, Growth growth, long past, long x, long y);
}
