package dev.nereid.kernels.attention;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * The rows of a mask as whole vectors: where a row ends within a vector, a copy of it that goes on with negative
 * infinity, so that what is there of keys that do not exist vanishes. Without a mask the rows are zeros. For one thread.
 */
final class MaskRows {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final Optional<AttentionMask> mask;
    private final int keys;
    private final int columns;
    private final long copies;
    private int item;
    private int head;

    /**
     * Rows for {@code keys} keys.
     *
     * @param columns keys rounded up to whole vectors
     * @param copies address of [{@link AttentionSoftmaxLoops#ROWS}, columns]
     */
    MaskRows(Optional<AttentionMask> mask, int keys, int columns, long copies) {
        this.mask = mask;
        this.keys = keys;
        this.columns = columns;
        this.copies = copies;
        for (int number = 0; number < AttentionSoftmaxLoops.ROWS; number++) {
            fill(copy(number), 0, keys, 0f);
            fill(copy(number), keys, columns, Float.NEGATIVE_INFINITY);
        }
    }

    /** From here on rows are those of this head of this item. */
    void selectHead(int nextItem, int nextHead) {
        item = nextItem;
        head = nextHead;
        if (mask.isPresent() && mask.get().queryStride() == 0) {
            copy(mask.get(), 0, copy(0));
        }
    }

    /**
     * The address of a query's row, good until the next with the same number.
     *
     * @param number below {@link AttentionSoftmaxLoops#ROWS}
     */
    long row(int query, int number) {
        if (mask.isEmpty() || mask.get().queryStride() == 0) {
            return copy(0);
        }
        AttentionMask numbers = mask.get();
        if (columns == keys && numbers.keyStride() == 1) {
            return address(numbers, query);
        }
        copy(numbers, query, copy(number));
        return copy(number);
    }

    private long copy(int number) {
        return copies + (long) number * columns * Float.BYTES;
    }

    private long address(AttentionMask numbers, int query) {
        return numbers.address(item, head, query);
    }

    private void copy(AttentionMask numbers, int query, long to) {
        long from = address(numbers, query);
        if (numbers.keyStride() == 0) {
            fill(to, 0, keys, ALL.get(FLOAT, from));
            return;
        }
        for (int key = 0; key < keys; key++) {
            ALL.set(FLOAT, to + 4L * key, ALL.get(FLOAT, from + 4L * key));
        }
    }

    private static void fill(long row, int from, int to, float number) {
        for (int i = from; i < to; i++) {
            ALL.set(FLOAT, row + 4L * i, number);
        }
    }
}
