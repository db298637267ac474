package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Pooling to a given number of cells. Cell i of n covers the elements from {@code floor(i * size / n)} to before {@code
 * ceil((i + 1) * size / n)}.
 */
final class AtenAdaptivePooling {
    /** Cells of one axis that are cut out one by one. */
    private static final int MOST_CELLS = 1024;

    private AtenAdaptivePooling() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        for (int each = 1; each <= 3; each++) {
            int axes = each;
            String parameters = "d(Tensor self, SymInt[" + axes + "] output_size) -> ";
            rows.add(row("adaptive_avg_pool" + axes + parameters + "Tensor", call -> mean(call, axes)));
            rows.add(row("_adaptive_avg_pool" + axes + parameters + "Tensor", call -> mean(call, axes)));
            rows.add(
                    results("adaptive_max_pool" + axes + parameters + "(Tensor, Tensor)", call -> maximum(call, axes)));
        }
        return rows;
    }

    private static Value mean(AtenCall call, int axes) {
        AtenGraph graph = call.graph();
        long[] cells = AtenConvolutions.numbers(call, "output_size", axes);
        return CommonNodes.batched(graph, call.tensor("self"), axes + 2, x -> {
            if (Arrays.stream(cells).allMatch(count -> count == 1)) {
                return graph.node("GlobalAveragePool", x);
            }
            Optional<Attributes> window = window(graph, x, cells);
            if (window.isPresent()) {
                return graph.node("AveragePool", window.get(), x);
            }
            Value y = x;
            for (int axis = 0; axis < axes; axis++) {
                y = average(graph, y, axis + 2, cells[axis]);
            }
            return y;
        });
    }

    /** Windows that do not overlap, where the sizes are known and can be divided so. */
    private static Optional<Attributes> window(AtenGraph graph, Value x, long... cells) {
        long[] kernel = new long[cells.length];
        for (int axis = 0; axis < cells.length; axis++) {
            Dim size = graph.dim(x, axis + 2);
            if (!size.isKnown() || cells[axis] < 1 || size.value() % cells[axis] != 0 || size.value() == 0) {
                return Optional.empty();
            }
            kernel[axis] = size.value() / cells[axis];
        }
        return Optional.of(new Attributes(Map.of(
                "kernel_shape",
                OnnxAttributes.integerValues(kernel),
                "strides",
                OnnxAttributes.integerValues(kernel))));
    }

    /** The means along one axis, as a product with a matrix [size, cells] of the elements' weights. */
    private static Value average(AtenGraph graph, Value x, int axis, long cells) {
        Argument size = graph.size(x, axis);
        if (size.equals(Argument.of(cells))) {
            return x;
        }
        Value weights = weights(graph, size, cells, graph.dataType(x));
        int rank = graph.rank(x);
        if (axis == rank - 1) {
            return graph.node("MatMul", x, weights);
        }
        Value moved = CommonNodes.swapAxes(graph, x, axis, rank - 1);
        return CommonNodes.swapAxes(graph, graph.node("MatMul", moved, weights), axis, rank - 1);
    }

    private static Value weights(AtenGraph graph, Argument size, long cells, DataType type) {
        Value places = CommonNodes.unsqueeze(graph, SizedNodes.range(graph, size), 1);
        Value cell = SizedNodes.range(graph, Argument.of(cells));
        Value number = graph.integers(cells);
        Value length = graph.integer(size);
        Value starts = graph.node("Div", graph.node("Mul", cell, length), number);
        Value next = graph.node("Mul", graph.node("Add", cell, graph.integers(1)), length);
        Value ends = graph.node("Div", graph.node("Add", next, graph.integers(cells - 1)), number);
        Value inside =
                graph.node("And", graph.node("GreaterOrEqual", places, starts), graph.node("Less", places, ends));
        Value counts = graph.node("Sub", ends, starts);
        return graph.node("Div", graph.cast(inside, type), graph.cast(counts, type));
    }

    private static List<Argument> maximum(AtenCall call, int axes) {
        AtenGraph graph = call.graph();
        long[] cells = AtenConvolutions.numbers(call, "output_size", axes);
        Value self = call.tensor("self");
        Value x = graph.rank(self) == axes + 1 ? CommonNodes.unsqueeze(graph, self, 0) : self;
        Optional<Attributes> window = window(graph, x, cells);
        Value places = places(graph, x, axes);
        Value greatest;
        Value indices;
        if (window.isPresent()) {
            greatest = graph.node("MaxPool", window.get(), x);
            Value found = graph.nodes("", "MaxPool", 2, window.get(), List.of(Optional.of(x)))
                    .get(1);
            indices = graph.node("Mod", found, plane(graph, x, axes));
        } else {
            greatest = x;
            indices = places;
            for (int axis = axes + 1; axis >= 2; axis--) {
                List<Value> step = greatest(graph, greatest, indices, axis, cells[axis - 2]);
                greatest = step.get(0);
                indices = step.get(1);
            }
        }
        boolean alone = x != self;
        return List.of(
                Argument.OfTensor.of(alone ? CommonNodes.squeeze(graph, greatest, 0) : greatest),
                Argument.OfTensor.of(alone ? CommonNodes.squeeze(graph, indices, 0) : indices));
    }

    /** The number of elements of a channel: INT64 of shape []. */
    private static Value plane(AtenGraph graph, Value x, int axes) {
        Argument plane = Argument.of(1);
        for (int axis = 2; axis < axes + 2; axis++) {
            plane = SizedNodes.times(graph, plane, graph.size(x, axis));
        }
        return SizedNodes.scalarOf(graph, plane);
    }

    /** For each element of x its number in the plane of its channel. */
    private static Value places(AtenGraph graph, Value x, int axes) {
        List<Argument> sizes = SizedNodes.sizes(graph, x);
        Argument plane = Argument.of(1);
        for (int axis = 2; axis < axes + 2; axis++) {
            plane = SizedNodes.times(graph, plane, sizes.get(axis));
        }
        Value numbers = SizedNodes.reshape(graph, SizedNodes.range(graph, plane), sizes.subList(2, axes + 2));
        return graph.node("Expand", numbers, graph.integers(sizes));
    }

    /** The greatest elements of the cells of one axis, and the numbers that lie where they do. */
    private static List<Value> greatest(AtenGraph graph, Value x, Value numbers, int axis, long cells) {
        Dim size = graph.dim(x, axis);
        if (!size.isKnown() || cells > MOST_CELLS) {
            throw new ModelFormatException("adaptive_max_pool: axis " + axis + " of size " + size + " cannot be divided"
                    + " into " + cells + " cells when the model is loaded");
        }
        List<Value> values = new ArrayList<>();
        List<Value> indices = new ArrayList<>();
        for (long cell = 0; cell < cells; cell++) {
            long from = cell * size.value() / cells;
            long to = Math.ceilDiv((cell + 1) * size.value(), cells);
            Value part = CommonNodes.slice(graph, x, axis, from, to);
            Value place = graph.node(
                    "ArgMax",
                    new Attributes(Map.of(
                            "axis", OnnxAttributes.integerValue(axis), "keepdims", OnnxAttributes.integerValue(1))),
                    part);
            Attributes along = OnnxAttributes.integer("axis", axis);
            values.add(graph.node("GatherElements", along, part, place));
            indices.add(graph.node("GatherElements", along, CommonNodes.slice(graph, numbers, axis, from, to), place));
        }
        return List.of(CommonNodes.concat(graph, axis, values), CommonNodes.concat(graph, axis, indices));
    }
}
