package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Activation functions. */
final class TensorflowActivations {
    private TensorflowActivations() {}

    static List<TensorflowOperator> all() {
        List<TensorflowOperator> rows = new ArrayList<>();
        for (String name : List.of("Relu", "Selu", "Sigmoid", "Softplus", "Softsign", "Tanh", "Elu")) {
            rows.add(activation(name, AttributeDefaults.NONE, call -> x -> call.node(name, x)));
        }
        rows.add(activation(
                "Relu6",
                AttributeDefaults.NONE,
                call -> x -> call.node("Clip", x, call.scalarLike(0, 0), call.scalarLike(0, 6))));
        rows.add(activation(
                "LeakyRelu",
                AttributeDefaults.NONE.real("alpha", 0.2),
                call -> x -> call.graph()
                        .node(
                                "LeakyRelu",
                                OnnxAttributes.real("alpha", call.attributes().real("alpha")),
                                x)));
        Attributes last = OnnxAttributes.integer("axis", -1);
        for (String name : List.of("Softmax", "LogSoftmax")) {
            rows.add(row(name, call -> call.graph().node(name, last, call.input(0))));
        }
        return rows;
    }

    private static TensorflowOperator activation(
            String name, AttributeDefaults defaults, Function<TensorflowCall, UnaryOperator<Value>> lowering) {
        return row(
                name, defaults, call -> call.layouts().elementwise(call.graph(), call.input(0), lowering.apply(call)));
    }
}
