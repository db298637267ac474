package dev.nereid.kernels.tree;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The scores of a block of rows while they are added up; for one thread. */
final class LeafSums {
    private final LeafWeights leaves;
    private final float[] sums;
    private final byte[] met;

    LeafSums(LeafWeights leaves, int rows) {
        this.leaves = leaves;
        this.sums = new float[Math.multiplyExact(rows, leaves.scores())];
        this.met = new byte[sums.length];
    }

    void clear() {
        Arrays.fill(sums, 0);
        Arrays.fill(met, (byte) 0);
    }

    void add(int leaf, int row) {
        int[] first = leaves.first();
        int[] targets = leaves.targets();
        float[] weights = leaves.weights();
        int end = first[leaf + 1];
        for (int weight = first[leaf]; weight < end; weight++) {
            int at = row * leaves.scores() + targets[weight];
            sums[at] += weights[weight];
            met[at] = 1;
        }
    }

    /** Writes the first rows of the block as rows from {@code row} on. */
    void write(int rows, long row, MemorySegment scores, MemorySegment present) {
        int values = rows * leaves.scores();
        long to = row * leaves.scores();
        MemorySegment.copy(sums, 0, scores, ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * to, values);
        MemorySegment.copy(met, 0, present, ValueLayout.JAVA_BYTE, to, values);
    }
}
