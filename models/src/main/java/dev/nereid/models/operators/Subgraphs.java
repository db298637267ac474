package dev.nereid.models.operators;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.MapType;
import dev.nereid.models.graph.OptionalType;
import dev.nereid.models.graph.SequenceType;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.graph.ValueType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Type inference and lowering of subgraphs by themselves. */
public final class Subgraphs {
    private Subgraphs() {}

    /**
     * The body with the types of its inputs, whose formulas become symbols of its own: equal formulas one symbol. Its
     * plan then binds them from what a run of the body is given.
     */
    public static Graph standalone(Graph body, List<? extends ValueType> inputs) {
        requireInputs(body, inputs.size());
        Symbols symbols = new Symbols();
        Map<Value, ValueType> types = new HashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            types.put(body.inputs().get(i), symbols.own(inputs.get(i)));
        }
        return new Graph(body.name(), body.inputs(), body.outputs(), body.nodes(), body.initializers(), types);
    }

    /** @throws ModelFormatException if the body does not have that many inputs */
    static void requireInputs(Graph body, int inputs) {
        if (body.inputs().size() != inputs) {
            throw new ModelFormatException("graph '" + body.name() + "': expected " + inputs + " inputs, got "
                    + body.inputs().size());
        }
    }

    private static final class Symbols {
        private final Map<Dim, Dim> ofFormulas = new HashMap<>();
        private int unbound;

        ValueType own(ValueType type) {
            return type instanceof TensorType tensor ? own(tensor) : element(type);
        }

        private TensorType own(TensorType type) {
            if (!type.hasRank()) {
                return type;
            }
            List<Dim> dims = new ArrayList<>();
            for (Dim dim : type.dims().orElseThrow()) {
                dims.add(
                        dim.isKnown()
                                ? dim
                                : ofFormulas.computeIfAbsent(dim, _ -> Dim.symbol("b" + ofFormulas.size())));
            }
            return TensorType.of(type.dataType(), dims);
        }

        /** What lies inside a value that is no tensor binds no symbol. */
        private ValueType element(ValueType type) {
            return switch (type) {
                case TensorType tensor -> Types.forgettingFormulas(tensor, () -> Dim.symbol("?e" + unbound++));
                case SequenceType(ValueType element) -> new SequenceType(element(element));
                case OptionalType(ValueType element) -> new OptionalType(element(element));
                case MapType map -> map;
            };
        }
    }
}
