package dev.nereid.models.operators.vision;

import dev.nereid.models.operators.movement.Numbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The boxes of one class by falling score, the first first where scores are equal. Reused from class to class. */
final class ScoreOrder {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final Tensor scores;
    private final int boxes;

    /** Scores turned over in the high halves of the numbers, boxes in the low ones. */
    private final long[] order;

    private int count;

    /** @param scores [batch, classes, boxes] */
    ScoreOrder(Tensor scores) {
        this.scores = scores;
        this.boxes = Math.toIntExact(scores.shape().dim(2));
        this.order = new long[boxes];
    }

    /**
     * Reads the scores of a class, numbered through all items.
     *
     * @param least the score that counts no more; NaN for none
     */
    void read(long kind, float least) {
        count = 0;
        if (scores.dataType() == DataType.FP32 && !Float.isNaN(least)) {
            readAbove(scores.segment(), Float.BYTES * kind * boxes, least);
        } else {
            for (int box = 0; box < boxes; box++) {
                float score = (float) Numbers.real(scores, kind * boxes + box);
                if (Float.isNaN(least) || score > least) {
                    add(score, box);
                }
            }
        }
        Arrays.sort(order, 0, count);
    }

    private void readAbove(MemorySegment segment, long offset, float least) {
        for (int box = 0; box < boxes; box++) {
            float score = segment.get(FLOAT, offset + (long) Float.BYTES * box);
            if (score > least) {
                add(score, box);
            }
        }
    }

    private void add(float score, int box) {
        // Minus zero is zero.
        int bits = Float.floatToIntBits(Float.isNaN(score) ? Float.NEGATIVE_INFINITY : score + 0f);
        int rising = bits >= 0 ? bits : bits ^ Integer.MAX_VALUE;
        order[count++] = (long) ~rising << Integer.SIZE | box;
    }

    int count() {
        return count;
    }

    /** The box of a rank. */
    int box(int rank) {
        return (int) order[rank];
    }
}
