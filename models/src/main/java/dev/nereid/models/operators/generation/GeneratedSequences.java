package dev.nereid.models.operators.generation;

import java.util.Arrays;

/** Token sequences of one length that are generated together. Not thread-safe. */
final class GeneratedSequences {
    /** Memory for tokens that are not there yet is taken little by little: how many there may be is only claimed. */
    private static final int ROOM = 64;

    private int[][] rows;
    private int length;

    /**
     * Each prompt {@code copies} times in a row.
     *
     * @param prompts [prompts * length]
     */
    GeneratedSequences(int[] prompts, int length, int copies) {
        int count = prompts.length / length * copies;
        rows = new int[count][length + ROOM];
        for (int row = 0; row < count; row++) {
            System.arraycopy(prompts, row / copies * length, rows[row], 0, length);
        }
        this.length = length;
    }

    int count() {
        return rows.length;
    }

    int length() {
        return length;
    }

    /** The tokens of a sequence, and room behind its end. Not to be changed. */
    int[] row(int row) {
        return rows[row];
    }

    int[] tokens(int row) {
        return Arrays.copyOf(rows[row], length);
    }

    /** Adds a token to each. */
    void append(int[] tokens) {
        for (int row = 0; row < rows.length; row++) {
            rows[row] = length < rows[row].length ? rows[row] : Arrays.copyOf(rows[row], 2 * length);
            rows[row][length] = tokens[row];
        }
        length++;
    }

    /** Makes sequence {@code i} what {@code sources[i]} was, and adds a token to each. */
    void append(int[] sources, int[] tokens) {
        int[][] next = new int[rows.length][];
        for (int row = 0; row < rows.length; row++) {
            next[row] = rows[sources[row]].clone();
        }
        rows = next;
        append(tokens);
    }
}
