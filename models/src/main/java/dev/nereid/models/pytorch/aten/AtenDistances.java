package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** Distances of each vector of one tensor from each of another. */
final class AtenDistances {
    private AtenDistances() {}

    static List<AtenOperator> all() {
        return List.of(
                row(
                        "cdist(Tensor x1, Tensor x2, float p=2., int? compute_mode=None) -> Tensor",
                        call -> distances(call, call.real("p"))),
                row(
                        "_cdist_forward(Tensor x1, Tensor x2, float p, int? compute_mode) -> Tensor",
                        call -> distances(call, call.real("p"))),
                row("_euclidean_dist(Tensor x1, Tensor x2) -> Tensor", call -> distances(call, 2)));
    }

    /** x1: [..., m, size], x2: [..., n, size] to the p-norms of the differences: [..., m, n]. */
    private static Value distances(AtenCall call, double p) {
        AtenGraph graph = call.graph();
        Value left = call.tensor("x1");
        Value right = call.tensor("x2");
        if (p == 2 && graph.rank(left) == 2 && graph.rank(right) == 2) {
            return CommonNodes.optional(
                    graph,
                    CommonNodes.MICROSOFT,
                    "CDist",
                    OnnxAttributes.text("metric", "euclidean"),
                    List.of(Optional.of(left), Optional.of(right)));
        }
        Value difference =
                graph.node("Sub", CommonNodes.unsqueeze(graph, left, -2), CommonNodes.unsqueeze(graph, right, -3));
        DataType type = graph.dataType(difference);
        if (p == 1 || p == 2) {
            return CommonNodes.reduce(graph, p == 1 ? "ReduceL1" : "ReduceL2", difference, false, -1);
        }
        Value size = graph.node("Abs", difference);
        if (p == Double.POSITIVE_INFINITY) {
            return CommonNodes.reduce(graph, "ReduceMax", size, false, -1);
        }
        if (p == 0) {
            Value differs = graph.cast(graph.cast(size, DataType.BOOL), type);
            return CommonNodes.reduce(graph, "ReduceSum", differs, false, -1);
        }
        Value powers = graph.node("Pow", size, graph.scalar(p, type));
        Value sum = CommonNodes.reduce(graph, "ReduceSum", powers, false, -1);
        return graph.node("Pow", sum, graph.scalar(1 / p, type));
    }
}
