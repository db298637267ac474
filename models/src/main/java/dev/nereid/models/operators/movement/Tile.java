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
 * ONNX Tile: the input repeated {@code repeats[i]} times along axis i. In opset 1 the inputs are one number of repeats
 * and one axis, floats if x is of floats.
 */
final class Tile implements Operator {
    private static final int REPEATS = 1;
    private static final int AXIS = 2;

    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        if (!x.hasRank()) {
            return List.of(TensorType.ofUnknownRank(x.dataType()));
        }
        Optional<List<Dim>> repeats = repeats(in, x.rank());
        if (repeats.isEmpty()) {
            return List.of(TensorType.of(x.dataType(), Axes.unknown(in, x.rank())));
        }
        if (repeats.get().size() != x.rank()) {
            throw new ModelFormatException(repeats.get().size() + " repeats for a tensor " + x);
        }
        List<Dim> dims = new ArrayList<>();
        for (int axis = 0; axis < x.rank(); axis++) {
            dims.add(x.dim(axis).times(repeats.get().get(axis)));
        }
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        Elements elements = new Elements(lowering.kernels().layout());
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            if (y.shape().elements() == 0) {
                return;
            }
            int rank = x.shape().rank();
            long[] dims = new long[2 * rank];
            long[] from = new long[2 * rank];
            long[] to = new long[2 * rank];
            for (int axis = 0; axis < rank; axis++) {
                long extent = x.shape().dim(axis);
                dims[2 * axis] = y.shape().dim(axis) / extent;
                dims[2 * axis + 1] = extent;
                from[2 * axis + 1] = x.shape().strides()[axis];
                to[2 * axis] = y.shape().strides()[axis] * extent;
                to[2 * axis + 1] = y.shape().strides()[axis];
            }
            elements.copy(dims, x, 0, from, y, 0, to, run.workers());
        });
    }

    private static Optional<List<Dim>> repeats(Inference in, int rank) {
        if (!in.has(AXIS)) {
            return in.content(REPEATS);
        }
        Optional<List<Dim>> given = Axes.wholeNumbers(in, REPEATS);
        Optional<List<Dim>> axis =
                Axes.wholeNumbers(in, AXIS).filter(numbers -> numbers.get(0).isKnown());
        if (given.isEmpty() || axis.isEmpty()) {
            return Optional.empty();
        }
        List<Dim> repeats = new ArrayList<>(java.util.Collections.nCopies(rank, Dim.of(1)));
        repeats.set(Axes.of(axis.get().get(0).value(), rank), given.get().get(0));
        return Optional.of(repeats);
    }
}
