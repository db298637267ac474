package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** Distances of each vector of one tensor from each of another, or from the others. */
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
                row("_euclidean_dist(Tensor x1, Tensor x2) -> Tensor", call -> distances(call, 2)),
                row("pdist(Tensor self, float p=2) -> Tensor", AtenDistances::pairs),
                row("_pdist_forward(Tensor self, float p=2) -> Tensor", AtenDistances::pairs));
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
        return norms(graph, left, right, p);
    }

    /** self: [n, size] to the p-norms of the differences of each two rows, those of the first row first: [n (n - 1) / 2]. */
    private static Value pairs(AtenCall call) {
        AtenGraph graph = call.graph();
        Value vectors = call.tensor("self");
        Value all = norms(graph, vectors, vectors, call.real("p"));
        Value above = graph.nodes(
                        "",
                        "Trilu",
                        1,
                        OnnxAttributes.integer("upper", 1),
                        List.of(
                                Optional.of(SizedNodes.filled(graph, 1, DataType.FP32, SizedNodes.sizes(graph, all))),
                                Optional.of(graph.scalar(1L, DataType.INT64))))
                .getFirst();
        Value places = graph.node("NonZero", graph.cast(above, DataType.BOOL));
        return graph.node("GatherND", all, CommonNodes.transpose(graph, places, 1, 0));
    }

    private static Value norms(AtenGraph graph, Value left, Value right, double p) {
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
