package dev.nereid.models.operators.sequence;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.AxisPieces;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** ONNX ConcatFromSequence: the elements one after the other along {@code axis}, which is a new one if so told. */
final class ConcatFromSequence implements Operator {
    @Override
    public List<ValueType> outputTypes(Inference in) {
        TensorType element =
                Sequences.taken(in, Sequences.type(in, 0).element()).asTensor("an element");
        long attribute = axis(in);
        if (!element.hasRank()) {
            return List.of(element);
        }
        List<Dim> dims = new ArrayList<>(element.dims().orElseThrow());
        if (isNew(in)) {
            dims.add(AxisPieces.axis(attribute, dims.size() + 1), in.unknownDim());
        } else {
            dims.set(AxisPieces.axis(attribute, dims.size()), in.unknownDim());
        }
        return List.of(TensorType.of(element.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        long axis = axis(lowering);
        boolean isNew = isNew(lowering);
        lowering.stepPutting(run -> concat(run, axis, isNew));
    }

    private static void concat(StepRun run, long attribute, boolean isNew) {
        List<Tensor> elements =
                run.value(0).elements().stream().map(RunValue::tensor).toList();
        if (elements.isEmpty()) {
            throw new IllegalArgumentException("an empty sequence has nothing to put together");
        }
        Shape first = elements.getFirst().shape();
        int axis = AxisPieces.axis(attribute, first.rank() + (isNew ? 1 : 0));
        Shape rest = isNew ? first : AxisPieces.without(first, axis);
        long length = 0;
        for (Tensor element : elements) {
            Shape shape = element.shape();
            boolean fits =
                    shape.rank() == first.rank() && (isNew ? shape : AxisPieces.without(shape, axis)).equals(rest);
            if (!fits) {
                throw new IllegalArgumentException("elements of the shapes " + first + " and " + shape
                        + " cannot be put together along axis " + axis);
            }
            length += isNew ? 1 : shape.dim(axis);
        }
        Tensor whole = run.allocate(0, AxisPieces.with(rest, axis, length));
        long place = 0;
        for (Tensor element : elements) {
            if (isNew) {
                AxisPieces.place(element, whole, axis, place++);
            } else {
                long count = element.shape().dim(axis);
                AxisPieces.copy(element, axis, 0, whole, axis, place, count);
                place += count;
            }
        }
    }

    private static long axis(Inference in) {
        return in.attributes()
                .integer("axis")
                .orElseThrow(() -> new ModelFormatException("attribute 'axis' is missing"));
    }

    private static boolean isNew(Inference in) {
        return in.attributes().integer("new_axis", 0) != 0;
    }
}
