package dev.nereid.models.operators.vision;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.movement.Numbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/**
 * ONNX NonMaxSuppression: of boxes that overlap much the one with the highest score, for each item and class.
 *
 * <p>boxes: [batch, boxes, 4]; scores: [batch, classes, boxes]; and optional scalars: how many boxes at most of a class,
 * the overlap above which a box is dropped, and the score that a box must exceed. y: [selected, 3] as item, class, box.
 */
final class NonMaxSuppression implements Operator {
    private static final int SCORES = 1;
    private static final int MOST_BOXES = 2;
    private static final int OVERLAP = 3;
    private static final int LEAST_SCORE = 4;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        require(inference.type(0), "boxes: [batch, boxes, 4]");
        require(inference.type(SCORES), "scores: [batch, classes, boxes]");
        return List.of(TensorType.of(DataType.INT64, List.of(inference.unknownDim(), Dim.of(3))));
    }

    private static void require(TensorType type, String expected) {
        if (type.hasRank() && type.rank() != 3) {
            throw new ModelFormatException("expected " + expected + ", got " + type);
        }
    }

    @Override
    public void lower(Lowering lowering) {
        boolean centers = lowering.attributes().integer("center_point_box", 0) != 0;
        lowering.step(run -> select(run, centers));
    }

    private static void select(StepRun run, boolean centers) {
        Shape boxes = run.input(0).shape();
        Shape scores = run.input(SCORES).shape();
        if (boxes.dim(2) != 4 || boxes.dim(0) != scores.dim(0) || boxes.dim(1) != scores.dim(2)) {
            throw new IllegalArgumentException(
                    "expected boxes: [batch, boxes, 4] and scores: [batch, classes, boxes], got " + boxes + " and "
                            + scores);
        }
        long most = given(run, MOST_BOXES) ? Numbers.integer(run.input(MOST_BOXES), 0) : 0;
        float overlap = given(run, OVERLAP) ? (float) Numbers.real(run.input(OVERLAP), 0) : 0;
        float least = given(run, LEAST_SCORE) ? (float) Numbers.real(run.input(LEAST_SCORE), 0) : Float.NaN;
        int count = Math.toIntExact(boxes.dim(1));
        BoxList corners = new BoxList(count);
        Selection selection = new Selection();
        for (long item = 0; most > 0 && item < boxes.dim(0); item++) {
            corners.read(run.input(0), item, centers);
            for (long kind = 0; kind < scores.dim(1); kind++) {
                long[] order = order(run.input(SCORES), (item * scores.dim(1) + kind) * count, count, least);
                selection.ofClass(item, kind, order, corners, most, overlap);
            }
        }
        selection.write(run.allocate(0, Shape.of(selection.count, 3)));
    }

    private static boolean given(StepRun run, int input) {
        return run.has(input) && run.input(input).shape().elements() > 0;
    }

    /**
     * The boxes by falling score, the first first where scores are equal, in the low halves of the numbers.
     *
     * @param least the score that counts no more; NaN for none
     */
    private static long[] order(Tensor scores, long first, int count, float least) {
        long[] order = new long[count];
        int kept = 0;
        for (int box = 0; box < count; box++) {
            // Minus zero is zero.
            float score = (float) Numbers.real(scores, first + box) + 0f;
            if (Float.isNaN(least) || score > least) {
                int bits = Float.floatToIntBits(Float.isNaN(score) ? Float.NEGATIVE_INFINITY : score);
                int rising = bits >= 0 ? bits : bits ^ Integer.MAX_VALUE;
                order[kept++] = (long) ~rising << 32 | box;
            }
        }
        long[] sorted = Arrays.copyOf(order, kept);
        Arrays.sort(sorted);
        return sorted;
    }

    /** The boxes selected so far. */
    private static final class Selection {
        private long[] numbers = new long[48];
        private int count;

        void ofClass(long item, long kind, long[] order, BoxList boxes, long most, float overlap) {
            int first = count;
            for (int i = 0; i < order.length && count - first < most; i++) {
                int box = (int) order[i];
                boolean free = true;
                for (int other = first; other < count && free; other++) {
                    free = !boxes.overlap(box, (int) numbers[3 * other + 2], overlap);
                }
                if (free) {
                    add(item, kind, box);
                }
            }
        }

        private void add(long item, long kind, long box) {
            if (3 * count == numbers.length) {
                numbers = Arrays.copyOf(numbers, 2 * numbers.length);
            }
            numbers[3 * count] = item;
            numbers[3 * count + 1] = kind;
            numbers[3 * count + 2] = box;
            count++;
        }

        void write(Tensor y) {
            for (int i = 0; i < 3 * count; i++) {
                y.segment().set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i, numbers[i]);
            }
        }
    }
}
