package dev.nereid.kernels.attention;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** Softmax of attention by {@link AttentionSoftmaxLoops}, for any CPU. */
final class VectorAttentionSoftmax implements AttentionSoftmaxKernel {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final long VECTOR_BYTES = (long) AttentionSoftmaxLoops.LANES * Float.BYTES;

    @Override
    public int lanes() {
        return AttentionSoftmaxLoops.LANES;
    }

    @Override
    public long scratchBytes(int columns) {
        return 2 * VECTOR_BYTES + (long) SIDE_BY_SIDE * columns * Float.BYTES;
    }

    @Override
    public Rows rows(int keys, float scale, Optional<AttentionMask> mask, long scratch) {
        int columns = Math.ceilDiv(keys, AttentionSoftmaxLoops.LANES) * AttentionSoftmaxLoops.LANES;
        MaskRows rows = new MaskRows(mask, keys, columns, scratch + 2 * VECTOR_BYTES);
        boolean masked = mask.isPresent() || columns != keys || !(scale > 0);
        return new VectorRows(
                rows, masked, scale, columns / AttentionSoftmaxLoops.LANES, scratch, scratch + VECTOR_BYTES);
    }

    @Override
    public void scale(int rows, int columns, long y, long stride, long factors) {
        for (int row = 0; row < rows; row++) {
            AttentionSoftmaxLoops.scale(y + row * stride, columns, ALL.get(FLOAT, factors + 4L * row));
        }
    }

    /**
     * Rows of one attention.
     *
     * @param highs address of a vector
     * @param reciprocals address of a vector
     */
    private record VectorRows(MaskRows mask, boolean masked, float scale, int vectors, long highs, long reciprocals)
            implements Rows {
        @Override
        public void selectHead(int item, int head) {
            mask.selectHead(item, head);
        }

        @Override
        public void exponentiate(int from, int to, long scores, long stride, long factors) {
            for (int query = from; query < to; query += SIDE_BY_SIDE) {
                long row = scores + (query - from) * stride;
                if (masked) {
                    exponentiateMasked(query, to, row, stride);
                } else {
                    AttentionSoftmaxLoops.highest(row, stride, vectors, highs);
                    AttentionSoftmaxLoops.weights(row, stride, vectors, scale, highs, reciprocals);
                }
                for (int number = 0; number < SIDE_BY_SIDE; number++) {
                    float factor = ALL.get(FLOAT, reciprocals + number * AttentionSoftmaxLoops.QUARTER_BYTES);
                    ALL.set(FLOAT, factors + 4L * (query - from + number), factor);
                }
            }
        }

        private void exponentiateMasked(int query, int to, long row, long stride) {
            long mask0 = mask.row(query, 0);
            long mask1 = mask.row(Math.min(query + 1, to - 1), 1);
            long mask2 = mask.row(Math.min(query + 2, to - 1), 2);
            long mask3 = mask.row(Math.min(query + 3, to - 1), 3);
            AttentionSoftmaxLoops.highest(row, stride, vectors, scale, mask0, mask1, mask2, mask3, highs);
            AttentionSoftmaxLoops.weights(row, stride, vectors, scale, mask0, mask1, mask2, mask3, highs, reciprocals);
        }
    }
}
