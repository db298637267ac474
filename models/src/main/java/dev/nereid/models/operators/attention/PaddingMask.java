package dev.nereid.models.operators.attention;

import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;

/**
 * The masks of com.microsoft's attentions, of {@code INT32}: the number of keys of each item, [batch]; ends and begins of
 * the keys of each item, [2 * batch]; or ones for the keys to see, [batch, keys] or [batch, queries, keys]. Keys that are
 * not to be seen get a low score, not the lowest: where all are, they are seen alike.
 *
 * @param seen for each row of scores that differ and each key
 * @param queries rows of each item: 1 where its queries are alike
 */
@SuppressWarnings("ArrayRecordComponent")
public record PaddingMask(boolean[] seen, int queries, int keys, float filter) implements BiasPart {
    static PaddingMask of(Tensor mask, AttentionSizes sizes, float filter) {
        Shape shape = mask.shape();
        long[] values = IntegerTensors.read(mask).orElseThrow();
        int batch = sizes.batch();
        int keys = sizes.keys();
        if (shape.equals(Shape.of(batch, keys)) || shape.equals(Shape.of(batch, sizes.queries(), keys))) {
            boolean[] seen = new boolean[values.length];
            for (int i = 0; i < seen.length; i++) {
                seen[i] = values[i] > 0;
            }
            return new PaddingMask(seen, shape.rank() == 3 ? sizes.queries() : 1, keys, filter);
        }
        // With 3 * batch + 2 numbers the first are the lengths; the others place tokens that are packed elsewhere.
        boolean lengths = shape.rank() == 1 && (shape.dim(0) == batch || shape.dim(0) == 3L * batch + 2);
        boolean ranges = shape.rank() == 1 && shape.dim(0) == 2L * batch;
        if (!lengths && !ranges) {
            throw new IllegalArgumentException("mask: expected one of the shapes [" + batch + "], [" + 2 * batch
                    + "], [" + batch + "," + keys + "] and [" + batch + "," + sizes.queries() + "," + keys + "], got "
                    + shape);
        }
        boolean[] seen = new boolean[batch * keys];
        for (int item = 0; item < batch; item++) {
            long first = ranges ? values[batch + item] : 0;
            for (int key = 0; key < keys; key++) {
                seen[item * keys + key] = key >= first && key < values[item];
            }
        }
        return new PaddingMask(seen, 1, keys, filter);
    }

    @Override
    public boolean byItem() {
        return true;
    }

    @Override
    public boolean byHead() {
        return false;
    }

    @Override
    public boolean byQuery() {
        return queries > 1;
    }

    @Override
    public void add(int item, int head, int query, double[] row) {
        int at = (item * queries + (queries > 1 ? query : 0)) * keys;
        for (int key = 0; key < keys; key++) {
            row[key] += seen[at + key] ? 0 : filter;
        }
    }
}
