package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.results;
import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.models.tensorflow.graph.NodeOutput;
import dev.nereid.tensor.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Tensors joined along an axis, and parts of one along an axis. */
final class TensorflowJoins {
    private TensorflowJoins() {}

    static List<TensorflowOperator> all() {
        return List.of(
                row(
                        "ConcatV2",
                        call -> join(call, withoutLast(call), call.inputs().size() - 1)),
                row("Concat", call -> join(call, call.rest(1), 0)),
                row("Pack", AttributeDefaults.NONE.integer("axis", 0), TensorflowJoins::pack),
                results("Unpack", AttributeDefaults.NONE.integer("axis", 0), TensorflowJoins::unpack),
                results("Split", AttributeDefaults.NONE, TensorflowJoins::split),
                results("SplitV", AttributeDefaults.NONE, TensorflowJoins::splitSizes));
    }

    private static List<Value> withoutLast(TensorflowCall call) {
        call.input(1);
        return call.inputs().subList(0, call.inputs().size() - 1);
    }

    private static Value join(TensorflowCall call, List<Value> values, int axisInput) {
        if (values.isEmpty()) {
            throw new ModelFormatException("it joins no tensors");
        }
        GraphBuilder graph = call.graph();
        int rank = graph.rank(values.getFirst());
        int axis = TensorflowCall.axis(call.integer(axisInput), rank);
        if (values.size() > 1
                && values.stream().allMatch(each -> call.layouts().find(each).isPresent())) {
            int first = axis == 0 ? 0 : axis == rank - 1 ? 1 : axis + 1;
            List<Value> twins =
                    values.stream().map(each -> call.layouts().of(graph, each)).toList();
            return call.layouts().last(graph, CommonNodes.concat(graph, first, twins));
        }
        return CommonNodes.concat(graph, axis, values);
    }

    private static Value pack(TensorflowCall call) {
        int rank = call.rank(0) + 1;
        int axis = TensorflowCall.axis(call.attributes().integer("axis"), rank);
        return CommonNodes.concat(
                call.graph(),
                axis,
                call.inputs().stream()
                        .map(each -> CommonNodes.unsqueeze(call.graph(), each, axis))
                        .toList());
    }

    private static List<Value> unpack(TensorflowCall call) {
        int axis = TensorflowCall.axis(call.attributes().integer("axis"), call.rank(0));
        int count = count(call, "num");
        return parts(call, call.input(0), axis, count, Optional.empty()).stream()
                .map(each -> CommonNodes.squeeze(call.graph(), each, axis))
                .toList();
    }

    private static List<Value> split(TensorflowCall call) {
        int axis = TensorflowCall.axis(call.integer(0), call.rank(1));
        return parts(call, call.input(1), axis, count(call, "num_split"), Optional.empty());
    }

    private static int count(TensorflowCall call, String attribute) {
        long count = call.attributes().integer(attribute);
        if (count < 0 || count > NodeOutput.MAXIMUM_OUTPUTS) {
            throw new ModelFormatException("attribute '" + attribute + "' is impossible: " + count);
        }
        return (int) count;
    }

    private static List<Value> parts(TensorflowCall call, Value value, int axis, int count, Optional<Value> sizes) {
        if (count == 0) {
            return List.of();
        }
        if (count == 1) {
            return List.of(value);
        }
        Attributes attributes = OnnxAttributes.integer("axis", axis);
        List<Optional<Value>> inputs =
                sizes.isPresent() ? List.of(Optional.of(value), sizes) : List.of(Optional.of(value));
        return call.graph()
                .nodes(
                        "",
                        "Split",
                        count,
                        sizes.isPresent()
                                ? attributes
                                : attributes.with("num_outputs", OnnxAttributes.integerValue(count)),
                        inputs);
    }

    /** Sizes of which one may be -1: what is left. */
    private static List<Value> splitSizes(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        int axis = TensorflowCall.axis(call.integer(2), call.rank(0));
        int count = count(call, "num_split");
        Value sizes = call.longs(1);
        if (!call.knowsIntegers(1) || Arrays.stream(call.integers(1)).anyMatch(size -> size < 0)) {
            Value whole = graph.node(
                    "Shape",
                    OnnxAttributes.integer("start", axis).with("end", OnnxAttributes.integerValue(axis + 1)),
                    call.input(0));
            Value given = graph.node(
                    "Add",
                    graph.node("ReduceSum", OnnxAttributes.integer("keepdims", 1), sizes),
                    graph.scalar(1L, DataType.INT64));
            Value open = graph.node("Less", sizes, graph.scalar(0L, DataType.INT64));
            sizes = graph.node("Where", open, graph.node("Sub", whole, given), sizes);
        } else {
            sizes = graph.integers(call.integers(1));
        }
        return parts(call, call.input(0), axis, count, Optional.of(sizes));
    }
}
