package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.results;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.proto.tensorflow.DataType;
import java.util.List;
import java.util.Optional;

/** Greatest and distinct elements. */
final class TensorflowSorting {
    private TensorflowSorting() {}

    static List<TensorflowOperator> all() {
        AttributeDefaults index = AttributeDefaults.NONE.type("out_idx", DataType.DT_INT32);
        return List.of(
                results(
                        "TopKV2",
                        AttributeDefaults.NONE.flag("sorted", true).type("index_type", DataType.DT_INT32),
                        call -> greatest(call, call.longs(1))),
                results(
                        "TopK",
                        AttributeDefaults.NONE.flag("sorted", true).type("index_type", DataType.DT_INT32),
                        call -> greatest(
                                call, call.graph().integers(call.attributes().integer("k")))),
                results("Unique", index, call -> distinct(call).subList(0, 2)),
                results("UniqueWithCounts", index, TensorflowSorting::distinct));
    }

    private static List<Value> greatest(TensorflowCall call, Value count) {
        Attributes attributes = OnnxAttributes.integer("axis", -1)
                .with("sorted", OnnxAttributes.integerValue(call.attributes().flag("sorted") ? 1 : 0));
        List<Value> found =
                call.graph().nodes("", "TopK", 2, attributes, List.of(Optional.of(call.input(0)), Optional.of(count)));
        return List.of(
                found.get(0), call.graph().cast(found.get(1), call.attributes().type("index_type")));
    }

    /** In the order in which they first occur. */
    private static List<Value> distinct(TensorflowCall call) {
        List<Value> found = call.graph()
                .nodes("", "Unique", 4, OnnxAttributes.integer("sorted", 0), List.of(Optional.of(call.input(0))));
        dev.nereid.tensor.DataType type = call.attributes().type("out_idx");
        return List.of(
                found.get(0),
                call.graph().cast(found.get(2), type),
                call.graph().cast(found.get(3), type));
    }
}
