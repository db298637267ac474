package dev.nereid.models.pytorch.aten;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Recurrent layers one on top of the other.
 *
 * @param parameters for each layer and direction w_ih: [gates * hidden, in] and w_hh: [gates * hidden, hidden], and b_ih
 *     and b_hh: [gates * hidden] with biases
 * @param lengths of the sequences: INT64 [batch]; without it all are as long as the input
 */
record RecurrentStack(
        GraphBuilder graph,
        RecurrentCell kind,
        List<Value> parameters,
        boolean biases,
        long layers,
        boolean bidirectional,
        Optional<Value> lengths) {
    private static final int WITH_BIASES = 4;

    RecurrentStack {
        long expected = layers * (bidirectional ? 2 : 1) * (biases ? WITH_BIASES : 2);
        if (parameters.size() != expected || expected == 0) {
            throw new ModelFormatException(kind.atenName() + ": expected " + expected + " weights for " + layers
                    + " layers, got " + parameters.size() + "; projections of the state are not supported");
        }
        parameters = List.copyOf(parameters);
    }

    /**
     * Runs all layers.
     *
     * @param input [tokens, batch, in]
     * @param states each [layers * directions, batch, hidden]
     * @return the output [tokens, batch, directions * hidden], and the states at the end
     */
    List<Value> run(Value input, List<Value> states) {
        if (states.size() != kind.states()) {
            throw new ModelFormatException(
                    kind.atenName() + ": expected " + kind.states() + " states, got " + states.size());
        }
        Value x = input;
        int directions = bidirectional ? 2 : 1;
        List<List<Value>> last = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            int from = layer * directions;
            List<Value> initial = new ArrayList<>();
            for (Value state : states) {
                initial.add(layers == 1 ? state : CommonNodes.slice(graph, state, 0, from, (long) from + directions));
            }
            List<Value> outputs = layer(x, layer, initial);
            x = joined(outputs.getFirst());
            last.add(outputs.subList(1, outputs.size()));
        }
        List<Value> results = new ArrayList<>(List.of(x));
        for (int state = 0; state < kind.states(); state++) {
            int number = state;
            results.add(CommonNodes.concat(
                    graph, 0, last.stream().map(each -> each.get(number)).toList()));
        }
        return results;
    }

    /** [tokens, directions, batch, hidden] to [tokens, batch, directions * hidden]. */
    private Value joined(Value y) {
        return bidirectional
                ? CommonNodes.reshape(graph, CommonNodes.transpose(graph, y, 0, 2, 1, 3), 0, 0, -1)
                : CommonNodes.squeeze(graph, y, 1);
    }

    private List<Value> layer(Value x, int layer, List<Value> initial) {
        int directions = bidirectional ? 2 : 1;
        Dim hidden = graph.dim(parameter(layer, 0, 1), 1);
        if (!hidden.isKnown()) {
            throw new ModelFormatException(kind.atenName() + ": the size of the state is not known");
        }
        List<Optional<Value>> inputs = new ArrayList<>(List.of(Optional.of(x)));
        for (int which = 0; which < 2; which++) {
            List<Value> each = new ArrayList<>();
            for (int direction = 0; direction < directions; direction++) {
                Value gates = ordered(parameter(layer, direction, which), hidden.value());
                each.add(CommonNodes.unsqueeze(graph, gates, 0));
            }
            inputs.add(Optional.of(CommonNodes.concat(graph, 0, each)));
        }
        inputs.add(biases ? Optional.of(bias(layer, hidden.value())) : Optional.empty());
        inputs.add(lengths.map(value -> graph.cast(value, DataType.INT32)));
        initial.forEach(state -> inputs.add(Optional.of(state)));
        return graph.nodes(
                "",
                kind.operator(),
                1 + kind.states(),
                new Attributes(kind.attributes(directions, hidden.value())),
                inputs);
    }

    private Value bias(int layer, long hidden) {
        List<Value> each = new ArrayList<>();
        for (int direction = 0; direction < (bidirectional ? 2 : 1); direction++) {
            Value input = ordered(parameter(layer, direction, 2), hidden);
            Value recurrent = ordered(parameter(layer, direction, 3), hidden);
            each.add(CommonNodes.unsqueeze(graph, CommonNodes.concat(graph, 0, List.of(input, recurrent)), 0));
        }
        return CommonNodes.concat(graph, 0, each);
    }

    private Value parameter(int layer, int direction, int which) {
        int each = biases ? WITH_BIASES : 2;
        return parameters.get((layer * (bidirectional ? 2 : 1) + direction) * each + which);
    }

    /** The rows of the gates in ONNX's order. */
    private Value ordered(Value weights, long hidden) {
        if (kind.order().size() == 1) {
            return weights;
        }
        return CommonNodes.concat(
                graph,
                0,
                kind.order().stream()
                        .map(gate -> CommonNodes.slice(graph, weights, 0, gate * hidden, (gate + 1) * hidden))
                        .toList());
    }
}
