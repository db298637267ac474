package dev.nereid.models.operators.ml;

import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A {@link PostTransform} of many rows of scores at once, so that one call of a kernel does all their exponentials. */
final class RowTransform {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final PostTransform transform;
    private final UnaryKernel function;

    private RowTransform(PostTransform transform, UnaryKernel function) {
        this.transform = transform;
        this.function = function;
    }

    static RowTransform of(Lowering lowering, PostTransform transform) {
        UnaryOp function = transform == PostTransform.LOGISTIC ? UnaryOp.SIGMOID : UnaryOp.EXP;
        return new RowTransform(transform, lowering.kernels().elementwise().unary(function, DataType.FP32));
    }

    /**
     * Transforms scores in place.
     *
     * @param scores float32 [rows, count]
     */
    void apply(MemorySegment scores, int rows, int count) {
        int all = Math.multiplyExact(rows, count);
        switch (transform) {
            case NONE -> {}
            case LOGISTIC -> function.run(scores, 0, scores, 0, all);
            case SOFTMAX -> {
                for (int first = 0; first < all; first += count) {
                    subtractHighest(scores, first, count);
                }
                function.run(scores, 0, scores, 0, all);
                for (int first = 0; first < all; first += count) {
                    divideBySum(scores, first, count);
                }
            }
            case SOFTMAX_ZERO, PROBIT -> rowByRow(scores, rows, count);
        }
    }

    private static void subtractHighest(MemorySegment scores, long first, int count) {
        float highest = -Float.MAX_VALUE;
        for (long i = first; i < first + count; i++) {
            float score = scores.get(FLOAT, 4 * i);
            highest = score > highest ? score : highest;
        }
        for (long i = first; i < first + count; i++) {
            scores.set(FLOAT, 4 * i, scores.get(FLOAT, 4 * i) - highest);
        }
    }

    private static void divideBySum(MemorySegment scores, long first, int count) {
        float sum = 0;
        for (long i = first; i < first + count; i++) {
            sum += scores.get(FLOAT, 4 * i);
        }
        for (long i = first; i < first + count; i++) {
            scores.set(FLOAT, 4 * i, scores.get(FLOAT, 4 * i) / sum);
        }
    }

    private void rowByRow(MemorySegment scores, int rows, int count) {
        double[] values = new double[count];
        for (long row = 0; row < rows; row++) {
            for (int i = 0; i < count; i++) {
                values[i] = scores.get(FLOAT, 4 * (row * count + i));
            }
            transform.apply(values, count);
            for (int i = 0; i < count; i++) {
                scores.set(FLOAT, 4 * (row * count + i), (float) values[i]);
            }
        }
    }
}
