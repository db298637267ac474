package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * ONNX OneHot: a new axis of length {@code depth} with the second value where the index is, the first elsewhere (also
 * everywhere for an index outside [-depth, depth)).
 */
public final class OneHot implements Operator {
    public static final int INDICES = 0;
    private static final int DEPTH = 1;
    public static final int VALUES = 2;

    /** Since then negative indices count from the end; before, they are outside. */
    public static final int COUNTING_OPSET = 11;

    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType indices = in.type(INDICES);
        DataType type = in.type(VALUES).dataType();
        if (!indices.hasRank()) {
            return List.of(TensorType.ofUnknownRank(type));
        }
        List<Dim> dims = new ArrayList<>(indices.dims().orElseThrow());
        dims.add(AxisArguments.of(in.attributes().integer("axis", -1), dims.size() + 1), depth(in));
        return List.of(TensorType.of(type, dims));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        long axis = lowering.attributes().integer("axis", -1);
        boolean counts = lowering.opset() >= COUNTING_OPSET;
        lowering.step(run -> {
            Tensor y = run.output(0);
            Tensor values = run.input(VALUES);
            if (values.shape().elements() != 2) {
                throw new ModelFormatException("values: expected two, got the shape " + values.shape());
            }
            elements.fill(values, y, run.workers());
            setHot(run, AxisArguments.of(axis, y.shape().rank()), counts);
        });
    }

    private static void setHot(StepRun run, int axis, boolean counts) {
        Tensor indices = run.input(INDICES);
        Tensor y = run.output(0);
        long count = indices.shape().elements();
        long depth = y.shape().dim(axis);
        long inner = y.shape().elements(axis + 1, y.shape().rank());
        Tensor values = run.input(VALUES);
        for (long i = 0; i < count; i++) {
            long index = (long) ScalarElements.real(indices, i);
            if (index >= (counts ? -depth : 0) && index < depth) {
                long row = index < 0 ? index + depth : index;
                long position = (i / inner * depth + row) * inner + i % inner;
                ElementMover.copyOne(values, 1, y, position);
            }
        }
    }

    /** The depth is a scalar of any number type. */
    private static Dim depth(Inference in) {
        Optional<Dim> known =
                in.content(DEPTH).filter(content -> content.size() == 1).map(content -> content.get(0));
        return known.or(() -> in.constant(DEPTH)
                        .filter(tensor -> tensor.shape().elements() == 1)
                        .map(tensor -> Dim.of((long) ScalarElements.real(tensor, 0))))
                .orElseGet(in::unknownDim);
    }
}
