package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Blocks of space as channels or as members of the batch, and back. */
final class TensorflowBlocks {
    private static final AttributeDefaults LAYOUT = AttributeDefaults.NONE.text("data_format", "NHWC");

    private TensorflowBlocks() {}

    static List<TensorflowOperator> all() {
        return List.of(
                row("DepthToSpace", LAYOUT, call -> depth(call, "DepthToSpace")),
                row("SpaceToDepth", LAYOUT, call -> depth(call, "SpaceToDepth")),
                row("SpaceToBatchND", TensorflowBlocks::toBatch),
                row("BatchToSpaceND", TensorflowBlocks::toSpace));
    }

    private static Value depth(TensorflowCall call, String operator) {
        Windows windows = new Windows(call, 4);
        return windows.around(
                call.input(0),
                x -> call.graph()
                        .node(
                                operator,
                                OnnxAttributes.integer(
                                        "blocksize", call.attributes().integer("block_size")),
                                x));
    }

    private static int blockAxes(TensorflowCall call) {
        int axes = call.integers(1).length;
        if (axes < 1 || axes >= call.rank(0)) {
            throw new ModelFormatException("it has blocks of " + axes + " axes for a tensor of rank " + call.rank(0));
        }
        return axes;
    }

    /** [batch, space..., rest] to [block * batch, space / block..., rest]. */
    private static Value toBatch(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        int axes = blockAxes(call);
        int rank = call.rank(0);
        Value block = graph.integers(call.integers(1));
        Value padded = graph.node("Pad", call.input(0), spatialPads(call, axes, rank));
        Value divided = graph.node("Div", part(graph, padded, 1, axes + 1), block);
        Value inner = graph.node(
                "Reshape",
                padded,
                join(
                        graph,
                        part(graph, padded, 0, 1),
                        interleaved(graph, divided, block),
                        part(graph, padded, axes + 1, rank)));
        List<Long> order = new ArrayList<>();
        for (int axis = 0; axis < axes; axis++) {
            order.add(2L * axis + 2);
        }
        order.add(0L);
        for (int axis = 0; axis < axes; axis++) {
            order.add(2L * axis + 1);
        }
        for (int axis = 2 * axes + 1; axis < rank + axes; axis++) {
            order.add((long) axis);
        }
        Value moved = CommonNodes.transpose(
                graph, inner, order.stream().mapToLong(Long::longValue).toArray());
        return graph.node(
                "Reshape", moved, join(graph, graph.integers(-1), divided, part(graph, padded, axes + 1, rank)));
    }

    /** [block * batch, space..., rest] to [batch, space * block..., rest], cropped. */
    private static Value toSpace(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        int axes = blockAxes(call);
        int rank = call.rank(0);
        Value value = call.input(0);
        Value block = graph.integers(call.integers(1));
        Value space = part(graph, value, 1, axes + 1);
        Value rest = part(graph, value, axes + 1, rank);
        Value inner = graph.node("Reshape", value, join(graph, block, graph.integers(-1), space, rest));
        List<Long> order = new ArrayList<>();
        order.add((long) axes);
        for (int axis = 0; axis < axes; axis++) {
            order.add((long) axes + 1 + axis);
            order.add((long) axis);
        }
        for (int axis = 2 * axes + 1; axis < rank + axes; axis++) {
            order.add((long) axis);
        }
        Value moved = CommonNodes.transpose(
                graph, inner, order.stream().mapToLong(Long::longValue).toArray());
        Value whole = graph.node("Mul", space, block);
        Value result = graph.node("Reshape", moved, join(graph, graph.integers(-1), whole, rest));
        Value end = graph.node("Sub", whole, column(call, axes, 1));
        long[] sliced = new long[axes];
        Arrays.setAll(sliced, axis -> axis + 1);
        return graph.node("Slice", result, column(call, axes, 0), end, graph.integers(sliced));
    }

    private static Value spatialPads(TensorflowCall call, int axes, int rank) {
        GraphBuilder graph = call.graph();
        Value zero = graph.integers(0);
        Value rest = graph.integers(new long[rank - axes - 1]);
        List<Value> parts = new ArrayList<>(List.of(zero, column(call, axes, 0)));
        if (rank > axes + 1) {
            parts.add(rest);
        }
        parts.addAll(List.copyOf(parts));
        parts.set(parts.size() / 2 + 1, column(call, axes, 1));
        return joined(graph, parts);
    }

    /** What is to pad or crop at the beginning (0) or end (1) of each spatial axis. */
    private static Value column(TensorflowCall call, int axes, int which) {
        GraphBuilder graph = call.graph();
        if (call.knowsIntegers(2)) {
            long[] pairs = call.integers(2);
            if (pairs.length != 2 * axes) {
                throw new ModelFormatException("its input 2 has " + pairs.length + " numbers: expected " + 2 * axes);
            }
            long[] column = new long[axes];
            Arrays.setAll(column, axis -> pairs[2 * axis + which]);
            return graph.integers(column);
        }
        return call.longs(CommonNodes.slice(graph, call.input(2), 1, which, which + 1));
    }

    /** Dims of a value as a list. */
    private static Value part(GraphBuilder graph, Value value, int from, int to) {
        if (from == to) {
            return graph.integers();
        }
        return graph.node(
                "Shape", OnnxAttributes.integer("start", from).with("end", OnnxAttributes.integerValue(to)), value);
    }

    private static Value interleaved(GraphBuilder graph, Value left, Value right) {
        Value pairs = CommonNodes.concat(
                graph, 1, List.of(CommonNodes.unsqueeze(graph, left, 1), CommonNodes.unsqueeze(graph, right, 1)));
        return CommonNodes.reshape(graph, pairs, -1);
    }

    private static Value join(GraphBuilder graph, Value... parts) {
        List<Value> all = new ArrayList<>();
        Collections.addAll(all, parts);
        all.removeIf(part -> graph.dim(part, 0).is(0));
        return joined(graph, all);
    }

    private static Value joined(GraphBuilder graph, List<Value> parts) {
        Value joined = CommonNodes.concat(graph, 0, parts);
        return graph.content(joined)
                .filter(content -> content.stream().allMatch(Dim::isKnown))
                .map(content ->
                        graph.integers(content.stream().mapToLong(Dim::value).toArray()))
                .orElse(joined);
    }
}
