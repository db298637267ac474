package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.results;
import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Shapes of tensors, and other shapes and orders of axes for the same elements. */
final class TensorflowShapes {
    private static final AttributeDefaults OUT =
            AttributeDefaults.NONE.type("out_type", dev.nereid.proto.tensorflow.DataType.DT_INT32);

    private TensorflowShapes() {}

    static List<TensorflowOperator> all() {
        List<TensorflowOperator> rows = new ArrayList<>();
        rows.add(row("Shape", OUT, call -> shape(call, call.input(0))));
        rows.add(results(
                "ShapeN",
                OUT,
                call -> call.inputs().stream().map(each -> shape(call, each)).toList()));
        rows.add(row(
                "Size",
                OUT,
                call -> call.graph()
                        .cast(
                                call.node("Size", call.input(0)),
                                call.attributes().type("out_type"))));
        rows.add(row("Rank", call -> call.graph().scalar((long) call.rank(0), DataType.INT32)));
        rows.add(row(
                "Reshape",
                call -> call.graph()
                        .node("Reshape", OnnxAttributes.integer("allowzero", 1), call.input(0), call.longs(1))));
        rows.add(row("ExpandDims", TensorflowShapes::expand));
        rows.add(row("Squeeze", AttributeDefaults.NONE.integers("squeeze_dims"), TensorflowShapes::squeeze));
        for (String name : List.of("Transpose", "ConjugateTranspose")) {
            rows.add(row(name, TensorflowShapes::transpose));
        }
        rows.add(row("BroadcastTo", call -> call.node("Expand", call.input(0), call.longs(1))));
        rows.add(row("Tile", call -> call.node("Tile", call.input(0), call.longs(1))));
        return rows;
    }

    private static Value shape(TensorflowCall call, Value value) {
        return call.graph().cast(call.node("Shape", value), call.attributes().type("out_type"));
    }

    private static Value expand(TensorflowCall call) {
        int rank = call.rank(0) + 1;
        return CommonNodes.unsqueeze(call.graph(), call.input(0), TensorflowCall.axis(call.integer(1), rank));
    }

    private static Value squeeze(TensorflowCall call) {
        long[] axes = call.attributes().integers("squeeze_dims");
        if (axes.length > 0) {
            return CommonNodes.squeeze(call.graph(), call.input(0), axes);
        }
        TensorType type = call.graph().type(call.input(0));
        if (!type.hasRank() || !type.dims().orElseThrow().stream().allMatch(Dim::isKnown)) {
            throw new ModelFormatException("it drops every axis of 1, and the shape " + type + " is not known");
        }
        long[] ones = LongStream.range(0, type.rank())
                .filter(axis -> type.dim((int) axis).is(1))
                .toArray();
        return ones.length == 0 ? call.input(0) : CommonNodes.squeeze(call.graph(), call.input(0), ones);
    }

    private static Value transpose(TensorflowCall call) {
        int rank = call.rank(0);
        long[] order = LongStream.of(call.integers(1))
                .map(axis -> TensorflowCall.axis(axis, rank))
                .toArray();
        long distinct = LongStream.of(order).distinct().count();
        if (order.length != rank || distinct != rank) {
            throw new ModelFormatException("its order of axes is impossible for a tensor of rank " + rank);
        }
        return IntStream.range(0, rank).allMatch(axis -> order[axis] == axis)
                ? call.input(0)
                : CommonNodes.transpose(call.graph(), call.input(0), order);
    }
}
