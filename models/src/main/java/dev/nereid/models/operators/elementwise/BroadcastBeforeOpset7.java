package dev.nereid.models.operators.elementwise;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Broadcasting before opset 7: the right operand's axes are those of the left one from the attribute {@code axis} on;
 * without it the innermost ones.
 */
public final class BroadcastBeforeOpset7 {
    private static final int MULTIDIRECTIONAL_OPSET = 7;

    private BroadcastBeforeOpset7() {}

    /** How many axes of 1 the right operand lacks at its end. */
    private static int missing(Inference in, int leftRank, int rightRank) {
        long axis = in.attributes().integer("axis").orElse((long) leftRank - rightRank);
        return (int) Math.max(0, leftRank - rightRank - (axis < 0 ? axis + leftRank : axis));
    }

    private static boolean applies(Inference in) {
        return in.node().domain().isEmpty()
                && in.opset() < MULTIDIRECTIONAL_OPSET
                && in.attributes().integer("axis").isPresent();
    }

    /** The right operand's type as it takes part in today's broadcasting. */
    public static TensorType right(Inference in) {
        TensorType left = in.type(0);
        TensorType right = in.type(1);
        if (!applies(in) || !left.hasRank() || !right.hasRank()) {
            return right;
        }
        List<Dim> dims = new ArrayList<>(right.dims().orElseThrow());
        for (int i = missing(in, left.rank(), right.rank()); i > 0; i--) {
            dims.add(Dim.of(1));
        }
        return TensorType.of(right.dataType(), dims);
    }

    /** The right operand's shape as it takes part in today's broadcasting. */
    public static Shape right(Inference in, Shape left, Shape right) {
        if (!applies(in)) {
            return right;
        }
        int missing = missing(in, left.rank(), right.rank());
        long[] dims = Arrays.copyOf(right.dims(), right.rank() + missing);
        Arrays.fill(dims, right.rank(), dims.length, 1);
        return Shape.of(dims);
    }
}
