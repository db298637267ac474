package dev.nereid.models.pytorch.aten;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.tensor.DataType;
import java.util.List;

/** Means over the bins of regions, each bin of channels of its own: {@code torchvision::ps_roi_pool}. */
final class PositionPooling {
    private final AtenCall call;
    private final AtenGraph graph;

    PositionPooling(AtenCall call) {
        this.call = call;
        this.graph = call.graph();
    }

    List<Argument> results() {
        long height = call.integer("pooled_height");
        long width = call.integer("pooled_width");
        long bins = height * width;
        Value input = call.tensor("input");
        Dim channels = graph.dim(input, 1);
        if (!channels.isKnown() || height < 1 || width < 1 || bins < 1 || channels.value() % bins != 0) {
            throw new ModelFormatException(
                    "ps_roi_pool: expected channels that " + bins + " bins divide, got " + channels);
        }
        Value rows = inside(2, 4, height, graph.size(input, 2));
        Value columns = inside(1, 3, width, graph.size(input, 3));
        Value items = CommonNodes.squeeze(graph, CommonNodes.slice(graph, call.tensor("rois"), 1, 0, 1), 1);
        Value regions = graph.node("Gather", input, graph.cast(items, DataType.INT64));
        // [regions, channels, height, width, rows, columns]
        Value cut = SizedNodes.reshape(
                graph,
                regions,
                List.of(
                        Argument.of(-1L),
                        Argument.of(channels.value() / bins),
                        Argument.of(height),
                        Argument.of(width),
                        graph.size(input, 2),
                        graph.size(input, 3)));
        Value sums = graph.node(
                "MatMul",
                graph.node("MatMul", CommonNodes.unsqueeze(graph, rows, 1, 3, 4), cut),
                CommonNodes.unsqueeze(graph, columns, 1, 2, 5));
        Value pooled = CommonNodes.squeeze(graph, sums, 4, 5);
        Value cells = graph.node(
                "Mul",
                CommonNodes.unsqueeze(graph, CommonNodes.reduce(graph, "ReduceSum", rows, false, 2), 1, 3),
                CommonNodes.unsqueeze(graph, CommonNodes.reduce(graph, "ReduceSum", columns, false, 2), 1, 2));
        Value mean = graph.node("Div", pooled, graph.node("Max", cells, graph.scalar(1.0, graph.dataType(cells))));
        return List.of(Argument.OfTensor.of(mean), Argument.OfTensor.of(graph.cast(mean, DataType.INT32)));
    }

    /**
     * 1 where a place of an axis is in a bin, else 0: [regions, bins, places].
     *
     * @param first the number in a box where a region begins, and {@code last} where it ends
     */
    private Value inside(int first, int last, long bins, Argument places) {
        DataType type = graph.dataType(call.tensor("rois"));
        Value start = rounded(first);
        Value one = graph.scalar(1.0, type);
        Value extent = graph.node("Max", graph.node("Sub", rounded(last), start), one);
        Value size = graph.node("Div", extent, graph.scalar((double) bins, type));
        Value numbers = graph.cast(SizedNodes.range(graph, Argument.of(bins)), type);
        Value from = graph.node("Add", graph.node("Floor", graph.node("Mul", numbers, size)), start);
        Value to =
                graph.node("Add", graph.node("Ceil", graph.node("Mul", graph.node("Add", numbers, one), size)), start);
        Value zero = graph.scalar(0.0, type);
        Value limit = graph.cast(SizedNodes.scalarOf(graph, SizedNodes.plus(graph, places, -1)), type);
        Value at = graph.cast(SizedNodes.range(graph, places), type);
        Value begun = graph.node(
                "GreaterOrEqual", at, CommonNodes.unsqueeze(graph, graph.node("Clip", from, zero, limit), 2));
        Value open = graph.node("Less", at, CommonNodes.unsqueeze(graph, graph.node("Clip", to, zero, limit), 2));
        return graph.cast(graph.node("And", begun, open), graph.dataType(call.tensor("input")));
    }

    /** A number of each box in the places of the input, halves away from 0: [regions, 1]. */
    private Value rounded(int column) {
        Value number = CommonNodes.slice(graph, call.tensor("rois"), 1, column, column + 1L);
        DataType type = graph.dataType(number);
        Value scaled = graph.node("Mul", number, graph.scalar(call.real("spatial_scale"), type));
        Value whole = graph.node("Floor", graph.node("Add", graph.node("Abs", scaled), graph.scalar(0.5, type)));
        return graph.node("Mul", graph.node("Sign", scaled), whole);
    }
}
