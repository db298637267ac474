package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;

/** Sums, means, extrema and their places along axes. */
final class TensorflowReductions {
    private static final AttributeDefaults KEEP = AttributeDefaults.NONE.flag("keep_dims", false);
    private static final Map<String, String> SAME = Map.of(
            "Mean", "ReduceMean",
            "Sum", "ReduceSum",
            "Max", "ReduceMax",
            "Min", "ReduceMin",
            "Prod", "ReduceProd",
            "EuclideanNorm", "ReduceL2");

    private TensorflowReductions() {}

    static List<TensorflowOperator> all() {
        List<TensorflowOperator> rows = new ArrayList<>();
        new TreeMap<>(SAME).forEach((name, operator) -> rows.add(row(name, KEEP, call -> reduce(call, operator))));
        rows.add(row("All", KEEP, call -> truth(call, "ReduceMin")));
        rows.add(row("Any", KEEP, call -> truth(call, "ReduceMax")));
        rows.add(row("L2Loss", call -> {
            Value squares = call.node("Mul", call.input(0), call.input(0));
            Value sum = call.graph().node("ReduceSum", OnnxAttributes.integer("keepdims", 0), squares);
            return call.node("Mul", sum, call.scalarLike(0, 0.5));
        }));
        for (String name : List.of("ArgMax", "ArgMin")) {
            rows.add(row(
                    name,
                    AttributeDefaults.NONE.type("output_type", dev.nereid.proto.tensorflow.DataType.DT_INT64),
                    call -> place(call, name)));
        }
        return rows;
    }

    private static Value truth(TensorflowCall call, String operator) {
        GraphBuilder graph = call.graph();
        return graph.cast(reduced(call, graph.cast(call.input(0), DataType.INT32), operator), DataType.BOOL);
    }

    private static Value reduce(TensorflowCall call, String operator) {
        return spatial(call, operator).orElseGet(() -> reduced(call, call.input(0), operator));
    }

    /** An empty list of axes reduces nothing. */
    private static Value reduced(TensorflowCall call, Value value, String operator) {
        return call.graph().node(operator, attributes(call), value, call.longs(1));
    }

    private static Attributes attributes(TensorflowCall call) {
        return OnnxAttributes.integer("keepdims", call.attributes().flag("keep_dims") ? 1 : 0)
                .with("noop_with_empty_axes", OnnxAttributes.integerValue(1));
    }

    /** A reduction over every spatial axis, or over channels, of a tensor that the graph has with channels first. */
    private static Optional<Value> spatial(TensorflowCall call, String operator) {
        Optional<Value> first = call.layouts().find(call.input(0));
        Optional<List<Dim>> content = call.content(1);
        if (first.isEmpty() || content.isEmpty() || !content.get().stream().allMatch(Dim::isKnown)) {
            return Optional.empty();
        }
        int rank = call.rank(0);
        boolean keep = call.attributes().flag("keep_dims");
        long[] axes = LongStream.of(call.integers(1))
                .map(axis -> TensorflowCall.axis(axis, rank))
                .distinct()
                .sorted()
                .toArray();
        long reducedSpatial =
                LongStream.of(axes).filter(axis -> axis > 0 && axis < rank - 1).count();
        if (axes.length == 0 || (!keep && reducedSpatial != rank - 2)) {
            return Optional.empty();
        }
        long[] moved = LongStream.of(axes)
                .map(axis -> axis == 0 ? 0 : axis == rank - 1 ? 1 : axis + 1)
                .toArray();
        Value result = CommonNodes.reduce(call.graph(), operator, first.get(), keep, moved);
        return Optional.of(keep ? call.layouts().last(call.graph(), result) : result);
    }

    private static Value place(TensorflowCall call, String operator) {
        UnaryOperator<Attributes> with = attributes -> attributes.with("keepdims", OnnxAttributes.integerValue(0));
        int axis = TensorflowCall.axis(call.integer(1), call.rank(0));
        Value value = call.input(0);
        if (call.dataType(0) == DataType.BOOL) {
            value = call.graph().cast(value, DataType.INT32);
        }
        return call.graph()
                .cast(
                        call.graph().node(operator, with.apply(OnnxAttributes.integer("axis", axis)), value),
                        call.attributes().type("output_type"));
    }
}
