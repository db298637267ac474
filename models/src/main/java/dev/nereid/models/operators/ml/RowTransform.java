package dev.nereid.models.operators.ml;

import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.kernels.reduce.RowKernel;
import dev.nereid.kernels.reduce.RowOp;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A {@link PostTransform} of many rows of scores at once, so that one call of a kernel does all their exponentials. */
final class RowTransform {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final PostTransform transform;
    private final UnaryKernel sigmoid;
    private final RowKernel softmax;

    private RowTransform(PostTransform transform, UnaryKernel sigmoid, RowKernel softmax) {
        this.transform = transform;
        this.sigmoid = sigmoid;
        this.softmax = softmax;
    }

    static RowTransform of(Lowering lowering, PostTransform transform) {
        return new RowTransform(
                transform,
                lowering.kernels().elementwise().unary(UnaryOp.SIGMOID, DataType.FP32),
                lowering.kernels().reduce().row(RowOp.SOFTMAX, DataType.FP32));
    }

    /**
     * Transforms scores in place.
     *
     * @param scores float32 [rows, count]
     */
    void apply(MemorySegment scores, int rows, int count) {
        switch (transform) {
            case NONE -> {}
            case LOGISTIC -> sigmoid.run(scores, 0, scores, 0, Math.multiplyExact(rows, count));
            case SOFTMAX -> softmax.run(scores, 0, scores, 0, rows, count, 1);
            case SOFTMAX_ZERO, PROBIT -> rowByRow(scores, rows, count);
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
