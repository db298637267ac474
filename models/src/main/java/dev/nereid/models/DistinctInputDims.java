package dev.nereid.models;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.graph.ValueType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gives every dim of a graph's inputs that is not a number a symbol of its own. ONNX Runtime does not compare dims of one
 * name: what must be equal turns out in the operators.
 */
final class DistinctInputDims {
    private static final String AXIS = "@";

    private DistinctInputDims() {}

    static Graph of(Graph graph) {
        Map<Value, ValueType> types = new HashMap<>(graph.types());
        Set<Dim> taken = new HashSet<>();
        for (Value input : graph.inputs()) {
            if (types.get(input) instanceof TensorType type && type.hasRank()) {
                types.put(input, apart(input.name(), type, taken));
            }
        }
        return new Graph(graph.name(), graph.inputs(), graph.outputs(), graph.nodes(), graph.initializers(), types);
    }

    private static TensorType apart(String input, TensorType type, Set<Dim> taken) {
        List<Dim> dims = new ArrayList<>();
        for (int axis = 0; axis < type.rank(); axis++) {
            Dim dim = type.dim(axis);
            while (!dim.isKnown() && !taken.add(dim)) {
                dim = Dim.symbol(dim + AXIS + input + AXIS + axis);
            }
            dims.add(dim);
        }
        return TensorType.of(type.dataType(), dims);
    }
}
