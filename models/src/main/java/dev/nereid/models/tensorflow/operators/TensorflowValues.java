package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.results;
import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Constants, variables, inputs, and operators that give back what they get. */
final class TensorflowValues {
    /** Operators that give back their first input when a network is served. */
    private static final List<String> PASSING = List.of(
            "Identity",
            "Snapshot",
            "StopGradient",
            "PreventGradient",
            "CheckNumerics",
            "CheckNumericsV2",
            "EnsureShape",
            "DisableCopyOnRead",
            "PlaceholderWithDefault",
            "ReadVariableOp",
            "RefIdentity",
            "DebugIdentity");

    private TensorflowValues() {}

    static List<TensorflowOperator> all() {
        List<TensorflowOperator> rows = new ArrayList<>();
        for (String name : PASSING) {
            rows.add(row(name, call -> call.input(0)));
        }
        rows.add(results("IdentityN", AttributeDefaults.NONE, TensorflowCall::inputs));
        for (String name : List.of("NoOp", "Assert")) {
            rows.add(results(name, AttributeDefaults.NONE, _ -> List.of()));
        }
        rows.add(row("Const", TensorflowValues::constant));
        rows.add(row("Placeholder", call -> {
            throw new ModelFormatException("it is an input of the graph that nothing feeds");
        }));
        for (String name : List.of("VarHandleOp", "VariableV2", "Variable")) {
            rows.add(row(name, TensorflowValues::variable));
        }
        return rows;
    }

    private static Value constant(TensorflowCall call) {
        Tensor tensor = call.scope().model().constants().read(call.attributes().tensor("value"));
        return call.graph().constant(call.node().name(), tensor);
    }

    /** A handle stands for what the variable holds. */
    private static Value variable(TensorflowCall call) {
        Tensor tensor = call.scope().model().variables().get(call.node().name());
        if (tensor == null) {
            throw new ModelFormatException("the variable has no value: no checkpoint says what it holds");
        }
        return call.graph().constant(call.node().name(), tensor);
    }
}
