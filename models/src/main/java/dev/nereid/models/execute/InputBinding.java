package dev.nereid.models.execute;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.plan.Plan;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Checks a run's input against its declared type and learns what its symbolic dims stand for. */
final class InputBinding {
    private InputBinding() {}

    /**
     * The inputs of a run as a plan takes them: where one is declared without dims, a tensor of one element is that element,
     * whatever its shape. ONNX Runtime does not look at the shape of such an input at all.
     */
    static List<RunValue> fitted(Plan plan, List<RunValue> inputs) {
        List<RunValue> fitted = inputs;
        boolean copied = false;
        for (int i = 0; i < inputs.size() && i < plan.inputs().size(); i++) {
            boolean scalar = plan.values().get(plan.inputs().get(i)).valueType() instanceof TensorType type
                    && type.hasRank()
                    && type.rank() == 0;
            if (scalar
                    && inputs.get(i) instanceof RunValue.OfTensor(Tensor tensor)
                    && tensor.shape().rank() > 0
                    && tensor.shape().elements() == 1) {
                fitted = copied ? fitted : new ArrayList<>(inputs);
                copied = true;
                fitted.set(i, RunValue.of(tensor.withShape(Shape.SCALAR)));
            }
        }
        return fitted;
    }

    /**
     * Adds the symbols of one input to {@code symbols}.
     *
     * @throws ExecutionException if the kind of value, datatype, rank or a dim does not fit, or a symbol has another
     *     value already
     */
    static void bind(String name, ValueType type, RunValue input, Map<String, Long> symbols) {
        String what = "input '" + name + "'";
        TypeCheck.mismatch(what, type, input).ifPresent(message -> {
            throw ExecutionException.invalid(message);
        });
        if (!(type instanceof TensorType tensorType) || !tensorType.hasRank()) {
            return;
        }
        for (int axis = 0; axis < tensorType.rank(); axis++) {
            Dim dim = tensorType.dim(axis);
            if (!dim.isKnown()) {
                long extent = input.tensor().shape().dim(axis);
                Dim.Linear formula = dim.linear().orElseThrow();
                long symbol = formula.symbolAt(extent)
                        .orElseThrow(() ->
                                ExecutionException.invalid(what + ": expected the dim '" + dim + "', got " + extent));
                Long earlier = symbols.putIfAbsent(formula.symbol(), symbol);
                if (earlier != null && earlier != symbol) {
                    throw ExecutionException.invalid(what + ": dim '" + formula.symbol() + "' is " + symbol
                            + " here and " + earlier + " in another place");
                }
            }
        }
    }
}
