package dev.nereid.models.operators.vision;

import dev.nereid.kernels.reduce.NonMaxSuppressionKernel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.movement.ScalarElements;
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
        NonMaxSuppressionKernel kernel = lowering.kernels().reduce().nonMaxSuppression();
        lowering.step(run -> select(run, kernel, centers));
    }

    private static void select(StepRun run, NonMaxSuppressionKernel kernel, boolean centers) {
        Shape boxes = run.input(0).shape();
        Shape scores = run.input(SCORES).shape();
        if (boxes.dim(2) != 4 || boxes.dim(0) != scores.dim(0) || boxes.dim(1) != scores.dim(2)) {
            throw new IllegalArgumentException(
                    "expected boxes: [batch, boxes, 4] and scores: [batch, classes, boxes], got " + boxes + " and "
                            + scores);
        }
        long most = given(run, MOST_BOXES) ? ScalarElements.integer(run.input(MOST_BOXES), 0) : 0;
        float overlap = given(run, OVERLAP) ? (float) ScalarElements.real(run.input(OVERLAP), 0) : 0;
        float least = given(run, LEAST_SCORE) ? (float) ScalarElements.real(run.input(LEAST_SCORE), 0) : Float.NaN;
        Selection selection = new Selection();
        if (most > 0) {
            long count = boxes.dim(1);
            SelectedBoxes kept =
                    new SelectedBoxes(run, kernel, run.input(0), centers, Math.toIntExact(Math.min(most, count)));
            ScoreOrder order = new ScoreOrder(run, kernel, run.input(SCORES));
            for (long item = 0; item < boxes.dim(0); item++) {
                for (long kind = 0; kind < scores.dim(1); kind++) {
                    order.read(item * scores.dim(1) + kind, least);
                    kept.clear();
                    for (int rank = 0; rank < order.count() && kept.count() < most; rank++) {
                        int box = order.box(rank);
                        if (kept.keep(item * count + box, overlap)) {
                            selection.add(item, kind, box);
                        }
                    }
                }
            }
        }
        selection.write(run.allocate(0, Shape.of(selection.count, 3)));
    }

    private static boolean given(StepRun run, int input) {
        return run.has(input) && run.input(input).shape().elements() > 0;
    }

    /** The boxes selected so far. */
    private static final class Selection {
        private long[] numbers = new long[48];
        private int count;

        void add(long item, long kind, long box) {
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
