package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** ONNX Expand: the input repeated along axes of extent 1, as broadcasting with a tensor of the given shape would. */
public final class Expand implements Operator {
    private static final int SHAPE = 1;

    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        Optional<List<Dim>> target = in.content(SHAPE);
        if (!x.hasRank()) {
            return List.of(TensorType.ofUnknownRank(x.dataType()));
        }
        if (target.isEmpty()) {
            return List.of(AxisArguments.length(in, SHAPE)
                    .map(length -> TensorType.of(x.dataType(), AxisArguments.unknown(in, Math.max(length, x.rank()))))
                    .orElseGet(() -> TensorType.ofUnknownRank(x.dataType())));
        }
        return List.of(TensorType.of(x.dataType(), broadcast(x.dims().orElseThrow(), target.get())));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            check(x.shape(), y.shape());
            long[] strides = x.shape().strides();
            long[] repeated = new long[y.shape().rank()];
            int missing = repeated.length - strides.length;
            for (int axis = 0; axis < strides.length; axis++) {
                repeated[missing + axis] = x.shape().dim(axis) == 1 ? 0 : strides[axis];
            }
            elements.copy(y.shape().dims(), x, 0, repeated, y, 0, y.shape().strides(), run.workers());
        });
    }

    /** Types may not have told. */
    public static void check(Shape x, Shape y) {
        for (int axis = 1; axis <= x.rank(); axis++) {
            if (x.dim(-axis) != 1 && x.dim(-axis) != y.dim(-axis)) {
                throw new IllegalArgumentException("shape " + x + " cannot be expanded to " + y);
            }
        }
    }

    private static List<Dim> broadcast(List<Dim> left, List<Dim> right) {
        int rank = Math.max(left.size(), right.size());
        List<Dim> dims = new ArrayList<>();
        for (int i = 1; i <= rank; i++) {
            Dim a = i <= left.size() ? left.get(left.size() - i) : Dim.of(1);
            Dim b = i <= right.size() ? right.get(right.size() - i) : Dim.of(1);
            if (a.isKnown() && b.isKnown() && !a.is(1) && !b.is(1) && !a.equals(b)) {
                throw new ModelFormatException("shape " + left + " cannot be expanded to " + right);
            }
            dims.add(Dim.broadcast(a, b));
        }
        Collections.reverse(dims);
        return dims;
    }
}
