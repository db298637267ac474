package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * com.microsoft.UnfoldTensor, PyTorch's unfold: windows of {@code size} elements along the axis {@code dim}, {@code step}
 * elements apart.
 *
 * <p>x: [..., extent, ...]; y: [..., windows, ..., size], with the windows in the place of the extent.
 */
final class UnfoldTensor implements Operator {
    private static long size(Attributes attributes) {
        return positive("size", attributes.integer("size", 0));
    }

    private static long step(Attributes attributes) {
        return positive("step", attributes.integer("step", 1));
    }

    private static long positive(String name, long value) {
        if (value < 1) {
            throw new ModelFormatException("attribute '" + name + "': expected a positive number, got " + value);
        }
        return value;
    }

    private static int axis(Attributes attributes, int rank) {
        return AxisArguments.of(attributes.integer("dim", -1), rank);
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        long size = size(inference.attributes());
        long step = step(inference.attributes());
        if (!x.hasRank()) {
            return List.of(x);
        }
        int axis = axis(inference.attributes(), x.rank());
        if (x.dim(axis).isKnown()) {
            requireWindow(x.dim(axis).value(), size);
        }
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        dims.set(axis, x.dim(axis).plus(-size).floorDivide(Dim.of(step)).plus(1));
        dims.add(Dim.of(size));
        return List.of(TensorType.of(x.dataType(), dims));
    }

    private static void requireWindow(long extent, long size) {
        if (extent < size) {
            throw new ModelFormatException("UnfoldTensor, attribute 'dim': expected an axis of at least " + size
                    + " elements, which a window has, got one of " + extent);
        }
    }

    @Override
    public void lower(Lowering lowering) {
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        Attributes attributes = lowering.attributes();
        lowering.step(run -> unfold(elements, attributes, run));
    }

    private static void unfold(ElementMover elements, Attributes attributes, StepRun run) {
        Tensor x = run.input(0);
        Shape shape = x.shape();
        int axis = axis(attributes, shape.rank());
        long extent = shape.dim(axis);
        long size = size(attributes);
        requireWindow(extent, size);
        long step = step(attributes);
        long windows = (extent - size) / step + 1;
        long outer = shape.elements(0, axis);
        long inner = shape.elements(axis + 1, shape.rank());
        elements.copy(
                new long[] {outer, windows, inner, size},
                x,
                0,
                new long[] {extent * inner, windows > 1 ? step * inner : 0, 1, inner},
                run.output(0),
                0,
                new long[] {windows * inner * size, inner * size, size, 1},
                run.workers());
    }
}
