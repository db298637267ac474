package dev.nereid.models.operators.text;

/** Counts the n-grams of a pool in a row of items. Reused from row to row. */
final class NGramCounts {
    private final NGramPool pool;
    private final long[] counts;
    private final int[] columns;
    private int occurring;

    NGramCounts(NGramPool pool) {
        this.pool = pool;
        counts = new long[pool.columns()];
        columns = new int[pool.columns()];
    }

    /**
     * Counts on.
     *
     * @param items numbers of items; the row is those [from, to)
     * @param shortest items of the shortest n-grams that count
     * @param longest items of the longest
     * @param skips how many items may be left out between those of an n-gram, as many each time
     */
    void count(int[] items, int from, int to, int shortest, int longest, int skips) {
        if (shortest == 1) {
            // A single item has no distance: it is counted once.
            for (int start = from; start < to; start++) {
                add(pool.single(items[start]));
            }
        }
        // Beyond the length of the row no distance finds a second item.
        long farthest = longest == 1 ? 0 : Math.min((long) skips + 1, to - from - 1);
        for (int distance = 1; distance <= farthest; distance++) {
            for (int start = from; start < to; start++) {
                int gram = pool.single(items[start]);
                long at = (long) start + distance;
                for (int size = 2; size <= longest && at < to && gram != NGramPool.NONE; size++) {
                    gram = pool.longer(gram, items[(int) at]);
                    if (size >= shortest) {
                        add(gram);
                    }
                    at += distance;
                }
            }
        }
    }

    private void add(int gram) {
        int column = gram == NGramPool.NONE ? NGramPool.NONE : pool.column(gram);
        if (column == NGramPool.NONE) {
            return;
        }
        if (counts[column] == 0) {
            columns[occurring++] = column;
        }
        counts[column]++;
    }

    /** How many columns have a count. */
    int occurring() {
        return occurring;
    }

    /** The column of a number below {@link #occurring}. */
    int column(int number) {
        return columns[number];
    }

    long times(int column) {
        return counts[column];
    }

    void clear() {
        for (int i = 0; i < occurring; i++) {
            counts[columns[i]] = 0;
        }
        occurring = 0;
    }
}
