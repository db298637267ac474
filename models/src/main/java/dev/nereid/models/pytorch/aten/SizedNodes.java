package dev.nereid.models.pytorch.aten;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;

/** Nodes with sizes that may be known only to a run. */
final class SizedNodes {
    private SizedNodes() {}

    /** Reshapes to sizes that need not be known. */
    static Value reshape(AtenGraph graph, Value value, List<Argument> sizes) {
        return graph.node("Reshape", value, graph.integers(sizes));
    }

    /** A vector of one number, of the length of another vector. */
    static Value filledLike(AtenGraph graph, double number, Value vector) {
        return filled(graph, number, graph.dataType(vector), List.of(graph.size(vector, 0)));
    }

    /** A tensor of one number. */
    static Value filled(AtenGraph graph, double number, DataType type, List<Argument> sizes) {
        return graph.node("Expand", graph.scalar(number, type), graph.integers(sizes));
    }

    /** The sizes of all axes. */
    static List<Argument> sizes(AtenGraph graph, Value value) {
        List<Argument> sizes = new ArrayList<>();
        for (int axis = 0; axis < graph.rank(value); axis++) {
            sizes.add(graph.size(value, axis));
        }
        return sizes;
    }

    /** Two integers combined by an operator of ONNX: a number where both are known. */
    static Argument combine(AtenGraph graph, String operator, Argument left, Argument right) {
        return graph.integerArgument(graph.node(operator, graph.integer(left), graph.integer(right)));
    }

    static Argument times(AtenGraph graph, Argument left, Argument right) {
        return left instanceof Argument.OfInteger(long a) && right instanceof Argument.OfInteger(long b)
                ? Argument.of(Math.multiplyExact(a, b))
                : combine(graph, "Mul", left, right);
    }

    static Argument plus(AtenGraph graph, Argument left, long right) {
        return left instanceof Argument.OfInteger(long a)
                ? Argument.of(Math.addExact(a, right))
                : combine(graph, "Add", left, Argument.of(right));
    }

    /** The quotient of integers that are not negative, rounded down. */
    static Argument dividedBy(AtenGraph graph, Argument left, long right) {
        return left instanceof Argument.OfInteger(long a)
                ? Argument.of(Math.floorDiv(a, right))
                : combine(graph, "Div", left, Argument.of(right));
    }

    /** An integer as INT64 of shape []. */
    static Value scalarOf(AtenGraph graph, Argument integer) {
        return integer instanceof Argument.OfInteger(long value)
                ? graph.scalar(value, DataType.INT64)
                : CommonNodes.squeeze(graph, graph.integer(integer), 0);
    }

    /** The integers from 0 to before {@code limit}: INT64 [limit]. */
    static Value range(AtenGraph graph, Argument limit) {
        return graph.node(
                "Range", graph.scalar(0L, DataType.INT64), scalarOf(graph, limit), graph.scalar(1L, DataType.INT64));
    }
}
