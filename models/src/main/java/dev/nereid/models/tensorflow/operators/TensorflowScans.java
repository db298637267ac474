package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import java.util.List;

/** Sums and products of all elements before each, along an axis. */
final class TensorflowScans {
    private static final AttributeDefaults DEFAULTS =
            AttributeDefaults.NONE.flag("exclusive", false).flag("reverse", false);

    private TensorflowScans() {}

    static List<TensorflowOperator> all() {
        return List.of(
                row("Cumsum", DEFAULTS, call -> scan(call, "CumSum")),
                row("Cumprod", DEFAULTS, call -> scan(call, "CumProd")));
    }

    private static Value scan(TensorflowCall call, String operator) {
        return call.graph()
                .node(
                        operator,
                        OnnxAttributes.integer("exclusive", call.attributes().flag("exclusive") ? 1 : 0)
                                .with(
                                        "reverse",
                                        OnnxAttributes.integerValue(
                                                call.attributes().flag("reverse") ? 1 : 0)),
                        call.input(0),
                        call.input(1));
    }
}
