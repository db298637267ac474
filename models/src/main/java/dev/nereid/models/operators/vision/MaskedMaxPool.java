package dev.nereid.models.operators.vision;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.WindowAttributes;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * com.microsoft.MaxpoolWithMask: the highest cell under each window, where a row of the window ends at its first cell that the
 * mask has a zero for. Nothing describes the operator; its rules are those that ONNX Runtime computes by: the mask of plane p
 * begins at element {@code p * cells % (items * channels)} of the mask, and with two or three spatial axes the first cell of
 * a plane always counts.
 *
 * <p>x: [batch, channels, spatial...], of one to three spatial axes; mask: [items, channels, spatial...]; y: [batch, channels,
 * pooled...].
 */
final class MaskedMaxPool implements Operator {
    private static final int MASK = 1;
    private static final int MOST_AXES = 3;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        WindowAttributes window = WindowAttributes.of(inference.attributes());
        TensorType x = inference.type(0);
        if (window.rank() < 1 || window.rank() > MOST_AXES) {
            throw new ModelFormatException(
                    "MaxpoolWithMask, attribute 'kernel_shape': expected one to three numbers, got " + window.rank());
        }
        if (!x.hasRank()) {
            return List.of(x);
        }
        if (x.rank() != window.rank() + 2) {
            throw new ModelFormatException(
                    "MaxpoolWithMask, input 0: expected a tensor of rank " + (window.rank() + 2) + ", got " + x);
        }
        List<Dim> dims = new ArrayList<>(List.of(x.dim(0), x.dim(1)));
        for (int axis = 0; axis < window.rank(); axis++) {
            dims.add(window.output(axis, x.dim(axis + 2)));
        }
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        WindowAttributes attributes = WindowAttributes.of(lowering.attributes());
        lowering.step(run -> pool(run, attributes));
    }

    private static void pool(StepRun run, WindowAttributes attributes) {
        Shape x = run.input(0).shape();
        Shape mask = run.input(MASK).shape();
        int spatial = attributes.rank();
        boolean fits = x.rank() == spatial + 2 && mask.rank() == x.rank() && mask.elements(0, 2) > 0;
        int[] extents = new int[spatial];
        for (int axis = 0; fits && axis < spatial; axis++) {
            extents[axis] = Math.toIntExact(x.dim(axis + 2));
            fits = mask.dim(axis + 2) == extents[axis];
        }
        if (!fits) {
            throw new IllegalArgumentException("MaxpoolWithMask: expected x and a mask of rank " + (spatial + 2)
                    + " with the same spatial axes, got " + x + " and " + mask);
        }
        Window window = attributes.window(extents);
        long planes = x.elements(0, 2);
        long cells = x.elements(2, x.rank());
        long masks = mask.elements(0, 2);
        Tensor y = run.output(0);
        long pooled = y.shape().elements(2, x.rank());
        Parallel.rows(run.workers(), planes, pooled * window.taps(), DataType.FP32, (from, count) -> {
            Plane plane = new Plane(run.input(0).segment(), run.input(MASK).segment(), window, spatial > 1);
            for (long p = from; p < from + count; p++) {
                plane.pool(p * cells, p * cells % masks, y, p * pooled, pooled);
            }
        });
    }

    /** Pools planes one after the other. */
    private record Plane(MemorySegment x, MemorySegment mask, Window window, boolean firstCounts) {
        void pool(long xOffset, long maskOffset, Tensor y, long yOffset, long count) {
            for (int cell = 0; cell < count; cell++) {
                float highest = highest(cell, xOffset, maskOffset);
                y.segment().set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (yOffset + cell), highest);
            }
        }

        private float highest(int cell, long xOffset, long maskOffset) {
            float highest = -Float.MAX_VALUE;
            int last = window.kernel()[window.rank() - 1];
            int rows = window.taps() / last;
            for (int row = 0; row < rows; row++) {
                for (int tap = row * last; tap < (row + 1) * last; tap++) {
                    long at = at(cell, tap);
                    if (at < 0) {
                        continue;
                    }
                    boolean counts = (firstCounts && at == 0)
                            || mask.get(ValueLayout.JAVA_INT_UNALIGNED, 4 * (maskOffset + at)) != 0;
                    if (!counts) {
                        break;
                    }
                    float value = x.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (xOffset + at));
                    highest = value > highest ? value : highest;
                }
            }
            return highest;
        }

        /** The cell of x under a tap; -1 in the padding. */
        private long at(int cell, int tap) {
            long at = 0;
            long stride = 1;
            int cells = cell;
            int taps = tap;
            for (int axis = window.rank() - 1; axis >= 0; axis--) {
                int position = window.position(axis, cells % window.output()[axis], taps % window.kernel()[axis]);
                if (position < 0 || position >= window.input()[axis]) {
                    return -1;
                }
                at += position * stride;
                stride *= window.input()[axis];
                cells /= window.output()[axis];
                taps /= window.kernel()[axis];
            }
            return at;
        }
    }
}
