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
import java.util.List;
import java.util.Optional;

/**
 * ONNX Tile: the input repeated {@code repeats[i]} times along axis i. In opset 1 the inputs are one number of repeats
 * and one axis, floats if x is of floats.
 */
public final class Tile implements Operator {
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
            return List.of(TensorType.of(x.dataType(), AxisArguments.unknown(in, x.rank())));
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
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            if (y.shape().elements() == 0) {
                return;
            }
            Box box = Box.of(x.shape(), y.shape());
            elements.copy(box.dims(), x, 0, box.from(), y, 0, box.to(), run.workers());
        });
    }

    /** The copies as axes: for each of x one of its repeats, and itself. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Box(long[] dims, long[] from, long[] to) {
        public static Box of(Shape x, Shape y) {
            int rank = x.rank();
            Box box = new Box(new long[2 * rank], new long[2 * rank], new long[2 * rank]);
            for (int axis = 0; axis < rank; axis++) {
                long extent = x.dim(axis);
                box.dims[2 * axis] = y.dim(axis) / extent;
                box.dims[2 * axis + 1] = extent;
                box.from[2 * axis + 1] = x.strides()[axis];
                box.to[2 * axis] = y.strides()[axis] * extent;
                box.to[2 * axis + 1] = y.strides()[axis];
            }
            return box;
        }
    }

    public static Optional<List<Dim>> repeats(Inference in, int rank) {
        if (!in.has(AXIS)) {
            return in.content(REPEATS);
        }
        Optional<List<Dim>> given = AxisArguments.wholeNumbers(in, REPEATS);
        Optional<List<Dim>> axis = AxisArguments.wholeNumbers(in, AXIS)
                .filter(numbers -> numbers.get(0).isKnown());
        if (given.isEmpty() || axis.isEmpty()) {
            return Optional.empty();
        }
        List<Dim> repeats = new ArrayList<>(java.util.Collections.nCopies(rank, Dim.of(1)));
        repeats.set(
                AxisArguments.of(axis.get().get(0).value(), rank), given.get().get(0));
        return Optional.of(repeats);
    }
}
