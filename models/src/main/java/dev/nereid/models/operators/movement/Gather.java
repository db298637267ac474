package dev.nereid.models.operators.movement;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** ONNX Gather: the slices of x that the indices name along {@code axis}; the indices' dims take the axis' place. */
public final class Gather implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        TensorType indices = in.type(1);
        if (!x.hasRank() || !indices.hasRank()) {
            return List.of(TensorType.ofUnknownRank(x.dataType()));
        }
        int axis = axis(in, x.rank());
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow().subList(0, axis));
        dims.addAll(indices.dims().orElseThrow());
        dims.addAll(x.dims().orElseThrow().subList(axis + 1, x.rank()));
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        Inference in = lowering;
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor indices = run.input(1);
            int rank = x.shape().rank();
            int axis = axis(in, rank);
            long extent = x.shape().dim(axis);
            elements.gather(
                    x.shape().elements(axis + 1, rank),
                    x.shape().elements(0, axis),
                    extent,
                    indices.shape().elements(),
                    x,
                    ElementMover.normalized(run, indices, extent),
                    run.output(0),
                    run.workers());
        });
    }

    public static int axis(Inference in, int rank) {
        return AxisArguments.of(in.attributes().integer("axis", 0), rank);
    }
}
