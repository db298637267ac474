package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** ONNX Concat: the inputs one after the other along {@code axis}; all other dims are equal. */
public final class Concat implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        List<TensorType> ranked = new ArrayList<>();
        for (int i = 0; i < in.inputs(); i++) {
            if (in.type(i).dataType() != in.type(0).dataType()) {
                throw new ModelFormatException("inputs have the datatypes "
                        + in.type(0).dataType() + " and " + in.type(i).dataType());
            }
            if (in.type(i).hasRank()) {
                ranked.add(in.type(i));
            }
        }
        if (ranked.isEmpty()) {
            return List.of(TensorType.ofUnknownRank(in.type(0).dataType()));
        }
        TensorType first = ranked.getFirst();
        int axis = axis(in, first.rank());
        boolean complete = ranked.size() == in.inputs();
        List<Dim> dims = new ArrayList<>(first.dims().orElseThrow());
        for (TensorType type : ranked.subList(1, ranked.size())) {
            if (type.rank() != first.rank()) {
                throw new ModelFormatException("inputs have the ranks " + first.rank() + " and " + type.rank());
            }
            for (int i = 0; i < dims.size(); i++) {
                dims.set(i, i == axis ? dims.get(i).plus(type.dim(i)) : same(dims.get(i), type.dim(i), i));
            }
        }
        if (!complete) {
            dims.set(axis, in.unknownDim());
        }
        return List.of(TensorType.of(first.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        Inference in = lowering;
        int inputs = lowering.inputs();
        lowering.step(run -> concat(run, inputs, axis(in, run.output(0).shape().rank()), elements));
    }

    private static void concat(StepRun run, int inputs, int axis, ElementMover elements) {
        Tensor y = run.output(0);
        long outer = y.shape().elements(0, axis);
        long inner = y.shape().elements(axis + 1, y.shape().rank());
        long row = y.shape().dim(axis) * inner;
        long offset = 0;
        for (int i = 0; i < inputs; i++) {
            Tensor x = run.input(i);
            long length = x.shape().dim(axis) * inner;
            if (outer * length != x.shape().elements() || offset + length > row) {
                throw new IllegalArgumentException("input " + i + " of the shape " + x.shape() + " does not fit "
                        + y.shape() + " along axis " + axis);
            }
            elements.copy(
                    new long[] {outer, length},
                    x,
                    0,
                    new long[] {length, 1},
                    y,
                    offset,
                    new long[] {row, 1},
                    run.workers());
            offset += length;
        }
    }

    /** The axis; before opset 4 it could be left out. */
    public static int axis(Inference in, int rank) {
        return AxisArguments.of(in.attributes().integer("axis", 1), rank);
    }

    private static Dim same(Dim left, Dim right, int axis) {
        if (left.isKnown() && right.isKnown() && !left.equals(right)) {
            throw new ModelFormatException("inputs have the dims " + left + " and " + right + " at axis " + axis);
        }
        return left.isKnown() ? left : right;
    }
}
