package dev.nereid.models.operators.elementwise;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/** ONNX's multidirectional broadcasting: shapes are aligned at their innermost axes, and an axis of 1 is repeated. */
public final class Broadcasting {
    private Broadcasting() {}

    /** The type of elements of {@code dataType} in the shape that all operands broadcast to. */
    public static TensorType type(DataType dataType, List<TensorType> operands) {
        List<Dim> dims = List.of();
        for (TensorType operand : operands) {
            if (!operand.hasRank()) {
                return TensorType.ofUnknownRank(dataType);
            }
            dims = broadcast(dims, operand.dims().orElseThrow());
        }
        return TensorType.of(dataType, dims);
    }

    private static List<Dim> broadcast(List<Dim> left, List<Dim> right) {
        int rank = Math.max(left.size(), right.size());
        List<Dim> dims = new ArrayList<>();
        for (int axis = 0; axis < rank; axis++) {
            dims.add(broadcast(dim(left, axis, rank), dim(right, axis, rank), left, right));
        }
        return dims;
    }

    private static Dim broadcast(Dim left, Dim right, List<Dim> leftShape, List<Dim> rightShape) {
        boolean known = left.isKnown() && right.isKnown();
        if (known && !left.is(1) && !right.is(1) && !left.equals(right)) {
            throw new ModelFormatException("shapes " + leftShape + " and " + rightShape + " do not broadcast");
        }
        return Dim.broadcast(left, right);
    }

    private static Dim dim(List<Dim> dims, int axis, int rank) {
        int own = axis - (rank - dims.size());
        return own < 0 ? Dim.of(1) : dims.get(own);
    }

    /**
     * The strides, in elements, with which a dense operand is read for a result of shape {@code result}: 0 along axes
     * that are repeated.
     *
     * @throws IllegalArgumentException if the operand does not broadcast to the result
     */
    public static long[] strides(Shape operand, Shape result) {
        long[] own = operand.strides();
        long[] strides = new long[result.rank()];
        int missing = result.rank() - operand.rank();
        for (int axis = 0; axis < result.rank(); axis++) {
            long extent = axis < missing ? 1 : operand.dim(axis - missing);
            if (extent != 1 && extent != result.dim(axis)) {
                throw new IllegalArgumentException("shape " + operand + " does not broadcast to " + result);
            }
            strides[axis] = extent == 1 ? 0 : own[axis - missing];
        }
        if (missing < 0) {
            throw new IllegalArgumentException("shape " + operand + " does not broadcast to " + result);
        }
        return strides;
    }
}
