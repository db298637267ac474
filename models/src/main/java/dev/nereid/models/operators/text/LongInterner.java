package dev.nereid.models.operators.text;

import java.util.Arrays;

/** Assigns numbers from 0 on to longs, in the order of their first appearance. Filled once, then only read. */
final class LongInterner {
    /** What is found for a long that has no number. */
    static final int NONE = -1;

    /** Spreads what differs in the low bits over the high ones. */
    private static final long SPREAD = 0x9e37_79b9_7f4a_7c15L;

    private static final int FEWEST = 16;
    private static final int MOST_TAKEN = 4;

    private long[] keys = new long[FEWEST];
    private int[] numbers = new int[FEWEST];
    private int count;

    LongInterner() {
        Arrays.fill(numbers, NONE);
    }

    int count() {
        return count;
    }

    /** The number of a long, or {@link #NONE}. */
    int get(long key) {
        return numbers[place(key)];
    }

    /** The number of a long, which it gets now if it has none. */
    int add(long key) {
        int place = place(key);
        if (numbers[place] != NONE) {
            return numbers[place];
        }
        keys[place] = key;
        numbers[place] = count++;
        if (count > keys.length / MOST_TAKEN) {
            grow();
        }
        return count - 1;
    }

    /** Where a long is, or would be put: a quarter of the places at most is taken, so that few are looked at twice. */
    private int place(long key) {
        int last = keys.length - 1;
        int place = (int) ((key * SPREAD) >>> Integer.SIZE) & last;
        while (numbers[place] != NONE && keys[place] != key) {
            place = (place + 1) & last;
        }
        return place;
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldNumbers = numbers;
        keys = new long[Math.multiplyExact(2, oldKeys.length)];
        numbers = new int[keys.length];
        Arrays.fill(numbers, NONE);
        for (int old = 0; old < oldKeys.length; old++) {
            if (oldNumbers[old] != NONE) {
                int place = place(oldKeys[old]);
                keys[place] = oldKeys[old];
                numbers[place] = oldNumbers[old];
            }
        }
    }
}
