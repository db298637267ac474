package dev.nereid.models.tensorflow.operators;

import dev.nereid.models.graph.Value;
import java.util.List;
import java.util.function.Function;

/**
 * A row of the table: an operator, and what it becomes in the engine's graph.
 *
 * @param defaults of attributes that a node may lack
 * @param lowering from a call to its outputs. Of the last ones, which networks do not use when they are served, some may
 *     be left out
 */
public record TensorflowOperator(
        String name, AttributeDefaults defaults, Function<TensorflowCall, List<Value>> lowering) {
    /** An operator with one output and no attribute that matters. */
    static TensorflowOperator row(String name, Function<TensorflowCall, Value> lowering) {
        return row(name, AttributeDefaults.NONE, lowering);
    }

    /** An operator with one output. */
    static TensorflowOperator row(String name, AttributeDefaults defaults, Function<TensorflowCall, Value> lowering) {
        return new TensorflowOperator(name, defaults, call -> List.of(lowering.apply(call)));
    }

    /** An operator with several outputs, or as many as an attribute says. */
    static TensorflowOperator results(
            String name, AttributeDefaults defaults, Function<TensorflowCall, List<Value>> lowering) {
        return new TensorflowOperator(name, defaults, lowering);
    }
}
