package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;

/** Rows of tables by their numbers, and sums, means and maxima of bags of them. */
final class AtenEmbedding {
    private static final int SUM = 0;
    private static final int MEAN = 1;
    private static final int MAX = 2;

    private AtenEmbedding() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        rows.add(row(
                "embedding(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool scale_grad_by_freq=False, "
                        + "bool sparse=False) -> Tensor",
                call -> call.graph().node("Gather", call.tensor("weight"), index(call, "indices"))));
        String bag = "(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq=False, int mode=0, "
                + "bool sparse=False, Tensor? per_sample_weights=None, bool include_last_offset=False";
        String four = ") -> (Tensor, Tensor, Tensor, Tensor)";
        rows.add(results("embedding_bag" + bag + four, call -> bag(call, -1)));
        rows.add(results(
                "embedding_bag.padding_idx(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq, int mode, "
                        + "bool sparse, Tensor? per_sample_weights, bool include_last_offset, int? padding_idx"
                        + four,
                call -> bag(call, call.has("padding_idx") ? positive(call) : -1)));
        for (String name : List.of("_embedding_bag", "_embedding_bag_forward_only")) {
            rows.add(results(
                    name + bag + ", int padding_idx=-1" + four, call -> bag(call, call.integer("padding_idx"))));
        }
        return rows;
    }

    private static Value index(AtenCall call, String name) {
        Value indices = call.tensor(name);
        return switch (call.graph().dataType(indices)) {
            case INT32, INT64 -> indices;
            default -> call.graph().cast(indices, DataType.INT64);
        };
    }

    /** The row that is no member of any bag; a negative number counts from the end of the table. */
    private static long positive(AtenCall call) {
        long padding = call.integer("padding_idx");
        if (padding >= 0) {
            return padding;
        }
        Dim rows = call.graph().dim(call.tensor("weight"), 0);
        if (!rows.isKnown() || rows.value() + padding < 0) {
            throw call.wrong("padding_idx", "a row of a table of " + rows + " rows");
        }
        return rows.value() + padding;
    }

    /**
     * Bags of rows: those from an offset up to the next one.
     *
     * @param padding the row that counts as none; negative for none
     */
    private static List<Argument> bag(AtenCall call, long padding) {
        AtenGraph graph = call.graph();
        long mode = call.integer("mode");
        if (mode < SUM || mode > MAX) {
            throw call.wrong("mode", "0 (sum), 1 (mean) or 2 (max)");
        }
        Value indices = graph.cast(index(call, "indices"), DataType.INT64);
        Value offsets = graph.cast(call.tensor("offsets"), DataType.INT64);
        if (call.flag("include_last_offset")) {
            offsets = CommonNodes.slice(graph, offsets, 0, 0, -1);
        }
        Value places = CommonNodes.unsqueeze(graph, SizedNodes.range(graph, graph.size(indices, 0)), 1);
        Value before = graph.cast(graph.node("LessOrEqual", offsets, places), DataType.INT64);
        Value bags = graph.node(
                "Sub", CommonNodes.reduce(graph, "ReduceSum", before, false, 1), graph.scalar(1L, DataType.INT64));
        Value weight = call.tensor("weight");
        DataType type = graph.dataType(weight);
        Value rows = graph.node("Gather", weight, indices);
        Value counted = padding < 0
                ? SizedNodes.filled(graph, 1, type, List.of(graph.size(indices, 0)))
                : graph.cast(
                        graph.node("Not", graph.node("Equal", indices, graph.scalar(padding, DataType.INT64))), type);
        Argument count = graph.size(offsets, 0);
        Value sizes = scatter(graph, SizedNodes.filled(graph, 0, type, List.of(count)), bags, counted, "add");
        Value result =
                mode == MAX ? greatest(graph, rows, bags, counted, sizes) : sum(call, rows, bags, counted, count);
        if (mode == MEAN) {
            Value divisor = graph.node("Max", sizes, graph.scalar(1.0, type));
            result = graph.node("Div", result, CommonNodes.unsqueeze(graph, divisor, 1));
        }
        Value whole = graph.cast(sizes, DataType.INT64);
        return List.of(
                Argument.OfTensor.of(result),
                Argument.OfTensor.of(bags),
                Argument.OfTensor.of(whole),
                Argument.OfTensor.of(whole));
    }

    private static Value sum(AtenCall call, Value rows, Value bags, Value counted, Argument count) {
        AtenGraph graph = call.graph();
        Value factors = call.has("per_sample_weights")
                ? graph.node("Mul", counted, call.tensor("per_sample_weights"))
                : counted;
        Value weighted = graph.node("Mul", rows, CommonNodes.unsqueeze(graph, factors, 1));
        Value empty = SizedNodes.filled(graph, 0, graph.dataType(rows), List.of(count, graph.size(rows, 1)));
        return scatter(graph, empty, bags, weighted, "add");
    }

    /** The greatest elements; 0 for a bag without rows. */
    private static Value greatest(AtenGraph graph, Value rows, Value bags, Value counted, Value sizes) {
        DataType type = graph.dataType(rows);
        Value lowest = graph.scalar(Double.NEGATIVE_INFINITY, type);
        Value present = graph.cast(CommonNodes.unsqueeze(graph, counted, 1), DataType.BOOL);
        Value candidates = graph.node("Where", present, rows, lowest);
        Value empty = SizedNodes.filled(
                graph, Double.NEGATIVE_INFINITY, type, List.of(graph.size(sizes, 0), graph.size(rows, 1)));
        Value found = scatter(graph, empty, bags, candidates, "max");
        Value any = graph.cast(CommonNodes.unsqueeze(graph, sizes, 1), DataType.BOOL);
        return graph.node("Where", any, found, graph.scalar(0.0, type));
    }

    private static Value scatter(AtenGraph graph, Value into, Value bags, Value values, String reduction) {
        return graph.node(
                "ScatterND",
                OnnxAttributes.text("reduction", reduction),
                into,
                CommonNodes.unsqueeze(graph, bags, 1),
                values);
    }
}
