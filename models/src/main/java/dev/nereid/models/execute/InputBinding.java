package dev.nereid.models.execute;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** Checks a run's input against its declared type and learns what its symbolic dims stand for. */
final class InputBinding {
    private InputBinding() {}

    /**
     * Adds the symbols of one input to {@code symbols}.
     *
     * @throws ExecutionException if datatype, rank or a dim does not fit, or a symbol has another value already
     */
    static void bind(String name, TensorType type, Tensor input, Map<String, Long> symbols) {
        if (input.dataType() != type.dataType()) {
            throw ExecutionException.invalid(
                    "input '" + name + "': expected datatype " + type.dataType() + ", got " + input.dataType());
        }
        if (!type.hasRank()) {
            return;
        }
        List<Dim> dims = type.dims().orElseThrow();
        if (dims.size() != input.shape().rank()) {
            throw mismatch(name, type, input);
        }
        for (int axis = 0; axis < dims.size(); axis++) {
            long extent = input.shape().dim(axis);
            Dim dim = dims.get(axis);
            if (dim.isKnown()) {
                if (dim.value() != extent) {
                    throw mismatch(name, type, input);
                }
            } else {
                String symbol = dim.symbols().iterator().next();
                Long earlier = symbols.putIfAbsent(symbol, extent);
                if (earlier != null && earlier != extent) {
                    throw ExecutionException.invalid("input '" + name + "': dim '" + symbol + "' is " + extent
                            + " here and " + earlier + " in another place");
                }
            }
        }
    }

    private static ExecutionException mismatch(String name, TensorType type, Tensor input) {
        return ExecutionException.invalid(
                "input '" + name + "': expected shape " + type.dims().orElseThrow() + ", got " + input.shape());
    }
}
