package dev.nereid.models.operators.vision;

import dev.nereid.kernels.reduce.NonMaxSuppressionKernel;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.movement.ScalarElements;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The boxes of one class by falling score, the first first where scores are equal. Reused from class to class. */
final class ScoreOrder {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** Boxes that are put in order at a time at least. */
    private static final int FEWEST = 128;

    /** Numbers among which one is chosen to divide all others. */
    private static final int PICKED = 32;

    private final NonMaxSuppressionKernel kernel;
    private final Tensor scores;
    private final int boxes;

    /** Scores turned over in the high halves of the numbers, boxes in the low ones. */
    private long[] order = {};

    /** Room for the boxes whose scores count. */
    private final MemorySegment above;

    private int count;

    /** So many of the numbers are in order, and before the others. */
    private int sorted;

    /** @param scores [batch, classes, boxes] */
    ScoreOrder(StepRun run, NonMaxSuppressionKernel kernel, Tensor scores) {
        this.kernel = kernel;
        this.scores = scores;
        this.boxes = Math.toIntExact(scores.shape().dim(2));
        this.above = run.scratch((long) Integer.BYTES * boxes);
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
            makeRoom(boxes);
            for (int box = 0; box < boxes; box++) {
                float score = (float) ScalarElements.real(scores, kind * boxes + box);
                if (Float.isNaN(least) || score > least) {
                    add(score, box);
                }
            }
        }
        sorted = 0;
    }

    /**
     * Sorts what comes next, and leaves the rest for later: often a few boxes are looked at of many. The rest is what comes
     * behind one of some numbers picked from all of it.
     */
    private void sortMore() {
        int end = count;
        int wanted = Math.max(FEWEST, sorted);
        while (end - sorted > 2 * wanted) {
            int rest = end - sorted;
            long[] picked = new long[PICKED];
            for (int i = 0; i < PICKED; i++) {
                picked[i] = order[sorted + (int) ((long) rest * i / PICKED)];
            }
            Arrays.sort(picked);
            end = partition(sorted, end, picked[(int) ((long) PICKED * wanted / rest)]);
        }
        Arrays.sort(order, sorted, end);
        sorted = end;
    }

    /** Puts the numbers up to a greatest one, which is among them, first; gives where they end. No jump depends on them. */
    private int partition(int from, int to, long greatest) {
        int end = from;
        for (int i = from; i < to; i++) {
            long number = order[i];
            order[i] = order[end];
            order[end] = number;
            end += number <= greatest ? 1 : 0;
        }
        return end;
    }

    private void readAbove(MemorySegment segment, long offset, float least) {
        int boxesAbove = kernel.above(least, segment, offset, boxes, above);
        makeRoom(boxesAbove);
        for (int i = 0; i < boxesAbove; i++) {
            int box = above.get(ValueLayout.JAVA_INT_UNALIGNED, (long) Integer.BYTES * i);
            add(segment.get(FLOAT, offset + (long) Float.BYTES * box), box);
        }
    }

    private void makeRoom(int most) {
        if (order.length < most) {
            order = new long[most];
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
        while (rank >= sorted) {
            sortMore();
        }
        return (int) order[rank];
    }
}
