package dev.nereid.models.operators.attention;

/** One of the things that are added to the scores: minus infinity where a query must not see a key. */
interface BiasPart {
    /** Whether items of the batch differ. */
    boolean byItem();

    /** Whether heads differ. */
    boolean byHead();

    /** Whether queries differ. */
    boolean byQuery();

    /** Adds to the scores of one query with every key. */
    void add(int item, int head, int query, double[] row);

    /**
     * Query i stands at key {@code i + offset} and sees none behind it.
     *
     * @param offsets keys before the first query's own, of each item or of all
     */
    static BiasPart causal(long[] offsets) {
        return window(offsets, -1, 0);
    }

    /**
     * Query i stands at key {@code i + offset} and sees so many keys on each side, and its own.
     *
     * @param offsets keys before the first query's own, of each item or of all
     * @param left keys before its own; negative for all of them; likewise {@code right} those behind
     */
    static BiasPart window(long[] offsets, long left, long right) {
        return new BiasPart() {
            @Override
            public boolean byItem() {
                return offsets.length > 1;
            }

            @Override
            public boolean byHead() {
                return false;
            }

            @Override
            public boolean byQuery() {
                return true;
            }

            @Override
            public void add(int item, int head, int query, double[] row) {
                long own = query + offsets[offsets.length > 1 ? item : 0];
                if (right >= 0) {
                    forbid(row, Math.max(own + right + 1, 0), row.length);
                }
                if (left >= 0) {
                    forbid(row, 0, Math.min(own - left, row.length));
                }
            }
        };
    }

    /** An item's keys from {@code counts[item]} on are padding. */
    static BiasPart keyCounts(long[] counts) {
        return keyRange(new long[counts.length], counts);
    }

    /** Of each item's keys only those in [from, to) are there. */
    static BiasPart keyRange(long[] from, long[] to) {
        return new BiasPart() {
            @Override
            public boolean byItem() {
                return to.length > 1;
            }

            @Override
            public boolean byHead() {
                return false;
            }

            @Override
            public boolean byQuery() {
                return false;
            }

            @Override
            public void add(int item, int head, int query, double[] row) {
                forbid(row, 0, Math.min(from[item], row.length));
                forbid(row, Math.max(to[item], 0), row.length);
            }
        };
    }

    private static void forbid(double[] row, long from, long to) {
        for (long key = from; key < to; key++) {
            row[(int) key] = Double.NEGATIVE_INFINITY;
        }
    }
}
