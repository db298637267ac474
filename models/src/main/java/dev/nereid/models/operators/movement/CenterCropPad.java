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

/** ONNX CenterCropPad: the middle of the input in the given shape, cut where it is larger, zeros where smaller. */
final class CenterCropPad implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        if (!x.hasRank()) {
            return List.of(x);
        }
        Optional<List<Dim>> target = in.content(1);
        if (target.isEmpty()) {
            return List.of(TensorType.of(x.dataType(), AxisArguments.unknown(in, x.rank())));
        }
        int[] axes = AxisArguments.of(
                in.attributes().integers("axes").orElseGet(() -> AxisArguments.all(x.rank())), x.rank());
        if (axes.length != target.get().size()) {
            throw new ModelFormatException(target.get().size() + " extents for " + axes.length + " axes of " + x);
        }
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        for (int i = 0; i < axes.length; i++) {
            dims.set(axes[i], target.get().get(i));
        }
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            int rank = x.shape().rank();
            long[] dims = new long[rank];
            long from = 0;
            long to = 0;
            for (int axis = 0; axis < rank; axis++) {
                long difference = x.shape().dim(axis) - y.shape().dim(axis);
                dims[axis] = Math.min(x.shape().dim(axis), y.shape().dim(axis));
                if (difference > 0) {
                    from += difference / 2 * x.shape().strides()[axis];
                } else {
                    to += -difference / 2 * y.shape().strides()[axis];
                }
            }
            ElementMover.clear(y);
            elements.copy(dims, x, from, x.shape().strides(), y, to, y.shape().strides(), run.workers());
        });
    }
}
