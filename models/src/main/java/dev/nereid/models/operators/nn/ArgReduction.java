package dev.nereid.models.operators.nn;

import dev.nereid.kernels.reduce.ArgMinMax;
import dev.nereid.kernels.reduce.Reduction;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** ONNX ArgMax and ArgMin: the index of the greatest or least number along an axis. */
public record ArgReduction(ArgMinMax extreme) implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (!x.hasRank()) {
            return List.of(TensorType.ofUnknownRank(DataType.INT64));
        }
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        int axis = axis(inference, x.rank());
        if (inference.attributes().integer("keepdims", 1) != 0) {
            dims.set(axis, Dim.of(1));
        } else {
            dims.remove(axis);
        }
        return List.of(TensorType.of(DataType.INT64, dims));
    }

    @Override
    public void lower(Lowering lowering) {
        boolean last = lowering.attributes().integer("select_last_index", 0) != 0;
        Reduction kernel = lowering.kernels()
                .reduce()
                .argMinMax(extreme, last, lowering.type(0).dataType());
        lowering.step(run -> {
            int rank = run.input(0).shape().rank();
            requireElements(
                    run.input(0).shape(), axis(lowering, rank), run.output(0).shape());
            boolean[] flags = OperatorAxes.flags(new long[] {axis(lowering, rank)}, rank);
            if (run.output(0).shape().elements() > 0) {
                Reductions.run(kernel, run, run.input(0), flags, run.output(0));
            }
        });
    }

    public static void requireElements(Shape x, int axis, Shape y) {
        if (x.dim(axis) == 0 && y.elements() > 0) {
            throw new IllegalArgumentException("no element of an empty axis of " + x + " is the greatest or least");
        }
    }

    public static int axis(Inference inference, int rank) {
        return OperatorAxes.of(inference.attributes().integer("axis", 0), rank);
    }
}
