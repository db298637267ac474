package dev.nereid.models.operators.sequence;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.SequenceType;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.AxisPieces;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * ONNX SplitToSequence: parts of the input along {@code axis}: of the lengths in a vector, of one length (a scalar; the
 * last part may be shorter), or of length 1, then without the axis unless {@code keepdims} says so.
 */
final class SplitToSequence implements Operator {
    private static final int LENGTHS = 1;

    @Override
    public List<ValueType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        if (in.has(LENGTHS)) {
            TensorType lengths = in.type(LENGTHS);
            if (!DataTypes.INDICES.contains(lengths.dataType()) || (lengths.hasRank() && lengths.rank() > 1)) {
                throw new ModelFormatException(
                        "input 1: expected a scalar or vector of INT32 or INT64, got " + lengths);
            }
        }
        if (!x.hasRank()) {
            return List.of(new SequenceType(x));
        }
        int axis = AxisPieces.axis(in.attributes().integer("axis", 0), x.rank());
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        if (in.has(LENGTHS)) {
            dims.set(axis, in.unknownDim());
        } else if (keepsAxis(in)) {
            dims.set(axis, Dim.of(1));
        } else {
            dims.remove(axis);
        }
        return List.of(new SequenceType(TensorType.of(x.dataType(), dims)));
    }

    @Override
    public void lower(Lowering lowering) {
        long axis = lowering.attributes().integer("axis", 0);
        boolean keepsAxis = keepsAxis(lowering);
        lowering.stepPutting(run -> split(run, axis, keepsAxis));
    }

    private static void split(StepRun run, long attribute, boolean keepsAxis) {
        Tensor x = run.input(0);
        int axis = AxisPieces.axis(attribute, x.shape().rank());
        List<RunValue> parts = new ArrayList<>();
        long place = 0;
        for (long length : lengths(run, x.shape().dim(axis))) {
            Tensor part = run.allocate(x.dataType(), x.shape().withDim(axis, length));
            AxisPieces.copy(x, axis, place, part, axis, 0, length);
            place += length;
            boolean without = !run.has(LENGTHS) && !keepsAxis;
            Shape shape = without ? AxisPieces.without(part.shape(), axis) : part.shape();
            parts.add(RunValue.of(part.withShape(shape)));
        }
        run.put(0, new RunValue.OfSequence(parts));
    }

    private static long[] lengths(StepRun run, long extent) {
        if (!run.has(LENGTHS)) {
            long[] ones = new long[Math.toIntExact(extent)];
            Arrays.fill(ones, 1);
            return ones;
        }
        long[] given = IntegerTensors.read(run.input(LENGTHS)).orElseThrow();
        if (run.input(LENGTHS).shape().rank() == 1) {
            if (Arrays.stream(given).anyMatch(length -> length < 0)
                    || Arrays.stream(given).sum() != extent) {
                throw new IllegalArgumentException(
                        "parts of the lengths " + Arrays.toString(given) + " do not make up an axis of " + extent);
            }
            return given;
        }
        if (given.length != 1 || given[0] <= 0) {
            throw new IllegalArgumentException("expected a length of 1 or more, got " + Arrays.toString(given));
        }
        long[] equal = new long[Math.toIntExact(Math.ceilDiv(extent, given[0]))];
        Arrays.fill(equal, given[0]);
        if (equal.length > 0) {
            equal[equal.length - 1] = extent - given[0] * (equal.length - 1);
        }
        return equal;
    }

    private static boolean keepsAxis(Inference in) {
        return in.attributes().integer("keepdims", 1) != 0;
    }
}
