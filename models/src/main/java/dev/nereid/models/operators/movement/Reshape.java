package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * ONNX Reshape: the same elements under another shape. In the given shape 0 keeps the input's dim (unless
 * {@code allowzero}), -1 is what remains. Opset 1 has the shape in an attribute.
 */
public final class Reshape implements Operator {
    private static final int SHAPE = 1;

    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        Optional<List<Dim>> target = target(in);
        if (target.isPresent() && x.hasRank()) {
            List<Dim> dims = resolve(x, target.get(), in.attributes().integer("allowzero", 0) != 0);
            return List.of(TensorType.of(x.dataType(), dims));
        }
        Optional<Integer> rank =
                target.map(List::size).or(() -> in.has(SHAPE) ? AxisArguments.length(in, SHAPE) : Optional.empty());
        return List.of(rank.map(n -> TensorType.of(x.dataType(), AxisArguments.unknown(in, n)))
                .orElseGet(() -> TensorType.ofUnknownRank(x.dataType())));
    }

    @Override
    public void lower(Lowering lowering) {
        Optional<List<Dim>> before = lowering.type(0).dims();
        Optional<List<Dim>> after = lowering.outputType(0).dims();
        boolean fits = before.isEmpty()
                || after.isEmpty()
                || target(lowering).isEmpty()
                || Dim.product(before.get()).equals(Dim.product(after.get()));
        if (fits) {
            lowering.alias(0, 0);
            return;
        }
        // Whether the elements fit the shape is for each run to say.
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            if (x.shape().elements() != y.shape().elements()) {
                throw new IllegalArgumentException("shape " + x.shape() + " has not as many elements as " + y.shape());
            }
            elements.copyAll(x, y, run.workers());
        });
    }

    private static Optional<List<Dim>> target(Inference in) {
        if (in.has(SHAPE)) {
            return in.content(SHAPE);
        }
        return in.attributes().integers("shape").map(shape -> {
            List<Dim> dims = new ArrayList<>();
            for (long dim : shape) {
                dims.add(Dim.of(dim));
            }
            return dims;
        });
    }

    private static List<Dim> resolve(TensorType x, List<Dim> target, boolean allowZero) {
        List<Dim> dims = new ArrayList<>();
        int rest = -1;
        for (int axis = 0; axis < target.size(); axis++) {
            Dim dim = target.get(axis);
            if (dim.is(0) && !allowZero) {
                if (axis >= x.rank()) {
                    throw new ModelFormatException("shape " + target + " keeps dim " + axis + " of " + x);
                }
                dim = x.dim(axis);
            } else if (dim.is(-1)) {
                if (rest >= 0) {
                    throw new ModelFormatException("shape " + target + " has -1 twice");
                }
                rest = axis;
                dim = Dim.of(1);
            } else if (dim.isKnown() && dim.value() < 0) {
                throw new ModelFormatException("shape " + target + " has a negative dim");
            }
            dims.add(dim);
        }
        Dim elements = Dim.product(x.dims().orElseThrow());
        Dim others = Dim.product(dims);
        if (rest >= 0) {
            dims.set(rest, others.is(0) ? Dim.of(0) : elements.floorDivide(others));
        }
        Dim result = Dim.product(dims);
        if (elements.isKnown() && result.isKnown() && !elements.equals(result)) {
            throw new ModelFormatException("shape " + x + " cannot become " + target);
        }
        return dims;
    }
}
