package dev.nereid.models.tensorflow.operators;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import java.util.function.BinaryOperator;
import java.util.stream.LongStream;

/** Functions of two tensors that broadcast, in the layout that the tensors were made in. */
final class Broadcasts {
    private Broadcasts() {}

    static Value apply(TensorflowCall call, BinaryOperator<Value> function) {
        return apply(call, call.input(0), call.input(1), function);
    }

    static Value apply(TensorflowCall call, Value left, Value right, BinaryOperator<Value> function) {
        GraphBuilder graph = call.graph();
        ChannelsFirst layouts = call.layouts();
        if (layouts.find(left).isEmpty() && layouts.find(right).isEmpty()) {
            return function.apply(left, right);
        }
        TensorType a = graph.type(left);
        TensorType b = graph.type(right);
        if (!a.hasRank() || !b.hasRank()) {
            return function.apply(left, right);
        }
        int rank = Math.max(a.rank(), b.rank());
        if ((layouts.find(left).isPresent() ? a : b).rank() != rank) {
            return function.apply(left, right);
        }
        if (!fits(a, rank) || !fits(b, rank)) {
            return function.apply(left, right);
        }
        return layouts.last(graph, function.apply(first(call, left, rank), first(call, right, rank)));
    }

    private static boolean fits(TensorType type, int rank) {
        return type.rank() <= 1 || type.rank() == rank;
    }

    private static Value first(TensorflowCall call, Value value, int rank) {
        GraphBuilder graph = call.graph();
        return switch (graph.rank(value)) {
            case 0 -> value;
            case 1 ->
                rank < 3
                        ? value
                        : CommonNodes.unsqueeze(
                                graph, value, LongStream.range(1, rank - 1).toArray());
            default -> call.layouts().of(graph, value);
        };
    }
}
