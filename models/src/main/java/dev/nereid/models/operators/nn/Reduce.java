package dev.nereid.models.operators.nn;

import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.kernels.reduce.Reduction;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The ONNX operators Reduce*: a reduction along the named axes, or along all if none is named. The axes are an
 * attribute or, in later opsets, input 1.
 */
public record Reduce(ReduceOp op) implements Operator {
    public static final int AXES = 1;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        DataType type = x.dataType();
        if (type == DataType.STRING || type.kind() == DataType.Kind.COMPLEX) {
            throw new ModelFormatException(inference.node().operator() + " takes no elements of " + type);
        }
        boolean keep = inference.attributes().integer("keepdims", 1) != 0;
        Optional<long[]> axes = OperatorAxes.given(inference, AXES);
        if (!x.hasRank() || (axes.isEmpty() && !keep)) {
            return List.of(TensorType.ofUnknownRank(type));
        }
        List<Dim> dims = new ArrayList<>();
        boolean[] flags = axes.isPresent() ? flags(inference, axes.get(), x.rank()) : new boolean[x.rank()];
        for (int axis = 0; axis < x.rank(); axis++) {
            if (axes.isEmpty()) {
                dims.add(inference.unknownDim());
            } else if (!flags[axis]) {
                dims.add(x.dim(axis));
            } else if (keep) {
                dims.add(Dim.of(1));
            }
        }
        return List.of(TensorType.of(type, dims));
    }

    @Override
    public void lower(Lowering lowering) {
        Reduction kernel =
                lowering.kernels().reduce().reduction(op, lowering.type(0).dataType());
        Optional<ReductionStages> stages = ReductionStages.of(
                op, lowering.type(0).dataType(), lowering.kernels().reduce());
        Optional<long[]> axes = OperatorAxes.given(lowering, AXES);
        lowering.step(run -> {
            Tensor x = run.input(0);
            boolean[] flags = flags(
                    lowering,
                    axes.orElseGet(() -> OperatorAxes.read(run, AXES)),
                    x.shape().rank());
            if (stages.isPresent() && ReductionStages.suits(x.shape(), flags)) {
                stages.get().run(run, x, flags, run.output(0));
            } else {
                Reductions.run(kernel, run, x, flags, run.output(0));
            }
        });
    }

    public static boolean[] flags(Inference inference, long[] axes, int rank) {
        boolean nothing = axes.length == 0 && inference.attributes().integer("noop_with_empty_axes", 0) != 0;
        return axes.length == 0 && !nothing ? OperatorAxes.all(rank) : OperatorAxes.flags(axes, rank);
    }
}
