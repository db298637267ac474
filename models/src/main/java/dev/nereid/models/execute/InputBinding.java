package dev.nereid.models.execute;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import java.util.Map;

/** Checks a run's input against its declared type and learns what its symbolic dims stand for. */
final class InputBinding {
    private InputBinding() {}

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
                String symbol = dim.symbols().iterator().next();
                long extent = input.tensor().shape().dim(axis);
                Long earlier = symbols.putIfAbsent(symbol, extent);
                if (earlier != null && earlier != extent) {
                    throw ExecutionException.invalid(what + ": dim '" + symbol + "' is " + extent + " here and "
                            + earlier + " in another place");
                }
            }
        }
    }
}
