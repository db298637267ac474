package dev.nereid.models.operators.attention;

import dev.nereid.kernels.attention.AttentionMask;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * Numbers that are added to the scores, [batch, heads, queries, keys], where axes but the last may be repeated.
 *
 * @param itemStride in rows, 0 where items are alike; so are {@code headStride} and {@code queryStride}
 * @param dead the rows that forbid every key: such a query gets zeros
 */
record ScoreBias(
        MemorySegment segment,
        DataType type,
        int keys,
        long itemStride,
        long headStride,
        long queryStride,
        BitSet dead) {

    /** The sum of all parts, as numbers of {@code type}; empty where there are none. */
    static Optional<ScoreBias> of(StepRun run, DataType type, AttentionSizes sizes, List<BiasPart> parts) {
        if (parts.isEmpty() || sizes.keys() == 0) {
            return Optional.empty();
        }
        boolean byItem = parts.stream().anyMatch(BiasPart::byItem);
        boolean byHead = parts.stream().anyMatch(BiasPart::byHead);
        boolean byQuery = parts.stream().anyMatch(BiasPart::byQuery);
        int items = byItem ? sizes.batch() : 1;
        int heads = byHead ? sizes.heads() : 1;
        int queries = byQuery ? sizes.queries() : 1;
        boolean ready =
                parts.size() == 1 && parts.getFirst() instanceof MaskTensor mask && mask.isReady(type, sizes.keys());
        MemorySegment segment = ready
                ? ((MaskTensor) parts.getFirst()).mask().segment()
                : run.scratch((long) items * heads * queries * sizes.keys() * type.bytes());
        BitSet dead = new BitSet();
        double[] row = new double[sizes.keys()];
        int number = 0;
        for (int item = 0; item < items; item++) {
            for (int head = 0; head < heads; head++) {
                for (int query = 0; query < queries; query++) {
                    Arrays.fill(row, 0);
                    for (BiasPart part : parts) {
                        part.add(item, head, query, row);
                    }
                    if (!ready) {
                        write(row, segment, type, (long) number * row.length);
                    }
                    dead.set(number++, isDead(row));
                }
            }
        }
        return Optional.of(new ScoreBias(
                segment,
                type,
                sizes.keys(),
                byItem ? (long) heads * queries : 0,
                byHead ? queries : 0,
                byQuery ? 1 : 0,
                dead));
    }

    private static boolean isDead(double[] row) {
        for (double number : row) {
            if (number != Double.NEGATIVE_INFINITY) {
                return false;
            }
        }
        return true;
    }

    private static void write(double[] row, MemorySegment segment, DataType type, long at) {
        for (int key = 0; key < row.length; key++) {
            ComputeElements.set(segment, type, at + key, row[key]);
        }
    }

    private long number(int item, int head, int query) {
        return item * itemStride + head * headStride + query * queryStride;
    }

    boolean isDead(int item, int head, int query) {
        return dead.get((int) number(item, head, query));
    }

    boolean hasDead() {
        return !dead.isEmpty();
    }

    double at(int item, int head, int query, int key) {
        long index = number(item, head, query) * keys + key;
        return ComputeElements.get(segment, type, index);
    }

    /** These numbers, of {@code FP32}, as kernels take them. */
    AttentionMask mask() {
        return new AttentionMask(segment, 0, itemStride * keys, headStride * keys, queryStride * keys, 1);
    }
}
