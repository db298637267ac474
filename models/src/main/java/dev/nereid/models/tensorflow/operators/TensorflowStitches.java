package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;

/** Tensors put together of rows with their places, and elements moved along axes. */
final class TensorflowStitches {
    private TensorflowStitches() {}

    static List<TensorflowOperator> all() {
        List<TensorflowOperator> rows = new ArrayList<>();
        for (String name : List.of("DynamicStitch", "ParallelDynamicStitch")) {
            rows.add(row(name, TensorflowStitches::stitch));
        }
        rows.add(
                row("SparseToDense", AttributeDefaults.NONE.flag("validate_indices", true), TensorflowStitches::dense));
        rows.add(row("Roll", TensorflowStitches::roll));
        return rows;
    }

    private static Value stitch(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        int count = call.inputs().size() / 2;
        call.input(2 * Math.max(count, 1) - 1);
        List<Value> places = new ArrayList<>();
        List<Value> parts = new ArrayList<>();
        Value row = graph.node("Shape", OnnxAttributes.integer("start", call.rank(0)), call.input(count));
        Value shape = CommonNodes.concat(graph, 0, List.of(graph.integers(-1), row));
        for (int i = 0; i < count; i++) {
            places.add(call.longs(i));
            parts.add(graph.node("Reshape", call.input(count + i), shape));
        }
        Value ids = CommonNodes.concat(graph, 0, places);
        Value rows = CommonNodes.concat(graph, 0, parts);
        Value length = graph.node(
                "Add", graph.node("ReduceMax", OnnxAttributes.integer("keepdims", 1), ids), graph.integers(1));
        Value start = graph.node(
                "Expand", graph.scalar(0L, graph.dataType(rows)), CommonNodes.concat(graph, 0, List.of(length, row)));
        return graph.node("ScatterND", start, CommonNodes.unsqueeze(graph, ids, 1), rows);
    }

    /** Elements of a tensor by their places, the others a number. */
    private static Value dense(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        Value start = graph.node("Expand", call.input(3), call.longs(1));
        Value places = graph.cast(call.input(0), DataType.INT64);
        Value indices = switch (call.rank(0)) {
            case 0 -> graph.node("Reshape", places, graph.integers(1, 1));
            case 1 -> CommonNodes.unsqueeze(graph, places, 1);
            case 2 -> places;
            default -> throw new ModelFormatException("its places have rank " + call.rank(0) + ": expected at most 2");
        };
        Value count = graph.node(
                "Shape", OnnxAttributes.integer("start", 0).with("end", OnnxAttributes.integerValue(1)), indices);
        return graph.node("ScatterND", start, indices, graph.node("Expand", call.input(2), count));
    }

    private static Value roll(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        long[] shifts = call.integers(1);
        long[] axes = call.integers(2);
        if (shifts.length != axes.length) {
            throw new ModelFormatException("it has " + shifts.length + " shifts for " + axes.length + " axes");
        }
        Value value = call.input(0);
        for (int i = 0; i < axes.length; i++) {
            int axis = TensorflowCall.axis(axes[i], call.rank(0));
            Value length = graph.node(
                    "Shape",
                    OnnxAttributes.integer("start", axis).with("end", OnnxAttributes.integerValue(axis + 1)),
                    value);
            Value first = graph.node("Mod", graph.integers(-shifts[i]), graph.node("Max", length, graph.integers(1)));
            Value tail = graph.node("Slice", value, first, graph.integers(Long.MAX_VALUE), graph.integers(axis));
            Value head = graph.node("Slice", value, graph.integers(0), first, graph.integers(axis));
            value = CommonNodes.concat(graph, axis, List.of(tail, head));
        }
        return value;
    }
}
