package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;

/** Rows of one segment taken together: their sums, products, extrema and means. */
final class TensorflowSegments {
    /** How rows are taken together. */
    private enum Kind {
        SUM("add"),
        PROD("mul"),
        MAX("max"),
        MIN("min");

        private final String reduction;

        Kind(String reduction) {
            this.reduction = reduction;
        }

        /** What a segment without rows is. */
        private double empty(boolean unsorted, DataType type) {
            return switch (this) {
                case SUM -> 0;
                case PROD -> 1;
                case MAX -> unsorted ? lowest(type) : 0;
                case MIN -> unsorted ? greatest(type) : 0;
            };
        }

        private double identity(DataType type) {
            return empty(true, type);
        }

        private static double lowest(DataType type) {
            return switch (type) {
                case FP64 -> -Double.MAX_VALUE;
                case INT32 -> Integer.MIN_VALUE;
                case INT64 -> Long.MIN_VALUE;
                default -> -Float.MAX_VALUE;
            };
        }

        private static double greatest(DataType type) {
            return switch (type) {
                case FP64 -> Double.MAX_VALUE;
                case INT32 -> Integer.MAX_VALUE;
                case INT64 -> Long.MAX_VALUE;
                default -> Float.MAX_VALUE;
            };
        }
    }

    private TensorflowSegments() {}

    static List<TensorflowOperator> all() {
        List<TensorflowOperator> rows = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            String name = kind.name().charAt(0) + kind.name().substring(1).toLowerCase(Locale.ROOT);
            rows.add(row("UnsortedSegment" + name, call -> reduce(call, kind, true, count(call, 2))));
            rows.add(row("Segment" + name, call -> reduce(call, kind, false, following(call.graph(), call.input(1)))));
        }
        rows.add(row(
                "SegmentMean",
                call -> mean(call, call.input(0), call.input(1), following(call.graph(), call.input(1)), false)));
        for (String name : List.of("Sum", "Mean", "SqrtN")) {
            rows.add(row("SparseSegment" + name, call -> sparse(call, name, following(call.graph(), call.input(2)))));
            rows.add(row("SparseSegment" + name + "WithNumSegments", call -> sparse(call, name, count(call, 3))));
        }
        return rows;
    }

    private static Value count(TensorflowCall call, int index) {
        return call.longs(index);
    }

    /** One more than the last id, as a list. */
    private static Value following(GraphBuilder graph, Value ids) {
        Value last = graph.node(
                "ReduceMax",
                OnnxAttributes.integer("keepdims", 1),
                graph.cast(graph.node("Reshape", ids, graph.integers(-1)), DataType.INT64));
        return graph.node("Add", last, graph.integers(1));
    }

    private static Value reduce(TensorflowCall call, Kind kind, boolean unsorted, Value count) {
        GraphBuilder graph = call.graph();
        Value result = scatter(call, kind, call.input(0), call.input(1), count);
        DataType type = graph.dataType(result);
        if (kind.empty(unsorted, type) == kind.identity(type)) {
            return result;
        }
        Value empty = graph.node("Equal", result, graph.scalar(kind.identity(type), type));
        return graph.node("Where", empty, graph.scalar(kind.empty(unsorted, type), type), result);
    }

    /** Rows with a negative id are left out: they go to a further segment that is cut off. */
    private static Value scatter(TensorflowCall call, Kind kind, Value data, Value ids, Value count) {
        GraphBuilder graph = call.graph();
        int idRank = graph.rank(ids);
        Value places = graph.cast(ids, DataType.INT64);
        Value negative = graph.node("Less", places, graph.scalar(0L, DataType.INT64));
        places = graph.node("Where", negative, count, places);
        Value row = graph.node("Shape", OnnxAttributes.integer("start", idRank), data);
        Value shape = CommonNodes.concat(graph, 0, List.of(graph.node("Add", count, graph.integers(1)), row));
        DataType type = graph.dataType(data);
        Value start = graph.node("Expand", graph.scalar(kind.identity(type), type), shape);
        Attributes reduction = OnnxAttributes.text("reduction", kind.reduction);
        Value all = graph.node("ScatterND", reduction, start, CommonNodes.unsqueeze(graph, places, idRank), data);
        return graph.node("Slice", all, graph.integers(0), count, graph.integers(0));
    }

    private static Value mean(TensorflowCall call, Value data, Value ids, Value count, boolean root) {
        GraphBuilder graph = call.graph();
        DataType type = graph.dataType(data);
        Value sum = scatter(call, Kind.SUM, data, ids, count);
        Value ones = graph.node("Expand", graph.scalar(1.0, type), graph.node("Shape", ids));
        Value sizes = graph.node("Max", scatter(call, Kind.SUM, ones, ids, count), graph.scalar(1.0, type));
        int rank = graph.rank(data);
        if (rank > 1) {
            sizes = CommonNodes.unsqueeze(
                    graph, sizes, LongStream.range(1, rank).toArray());
        }
        return graph.node("Div", sum, root ? graph.node("Sqrt", sizes) : sizes);
    }

    /** Of rows that are chosen by their indices. */
    private static Value sparse(TensorflowCall call, String name, Value count) {
        Value rows = call.node("Gather", call.input(0), call.input(1));
        return name.equals("Sum")
                ? scatter(call, Kind.SUM, rows, call.input(2), count)
                : mean(call, rows, call.input(2), count, name.equals("SqrtN"));
    }
}
