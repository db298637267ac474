package dev.nereid.models.pytorch.aten;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Recurrent layers one on top of the other.
 *
 * @param parameters for each layer and direction w_ih: [gates * hidden, in] and w_hh: [gates * hidden, hidden], and b_ih
 *     and b_hh: [gates * hidden] with biases, and w_hr: [projected, hidden] where the state of an LSTM is projected
 * @param lengths of the sequences: INT64 [batch]; without it all are as long as the input
 */
record RecurrentStack(
        AtenGraph graph,
        RecurrentCell kind,
        List<Value> parameters,
        boolean biases,
        long layers,
        boolean bidirectional,
        Optional<Value> lengths) {
    private static final int WITH_BIASES = 4;

    RecurrentStack {
        long all = layers * (bidirectional ? 2 : 1);
        long expected = all * (biases ? WITH_BIASES : 2);
        boolean projected = kind == RecurrentCell.LSTM && parameters.size() == expected + all;
        if ((parameters.size() != expected && !projected) || expected == 0) {
            throw new ModelFormatException(kind.atenName() + ": expected " + expected + " weights for " + layers
                    + " layers, got " + parameters.size());
        }
        parameters = List.copyOf(parameters);
    }

    /** How many weights and biases a layer has in each direction; the last of an odd number projects the state. */
    private int each() {
        return (int) (parameters.size() / (layers * (bidirectional ? 2 : 1)));
    }

    private boolean isProjected() {
        return each() % 2 == 1;
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
            List<Value> outputs = isProjected() ? projected(x, layer, initial) : layer(x, layer, initial);
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
        List<Value> input = new ArrayList<>();
        List<Value> recurrent = new ArrayList<>();
        for (int direction = 0; direction < (bidirectional ? 2 : 1); direction++) {
            input.add(parameter(layer, direction, 0));
            recurrent.add(parameter(layer, direction, 1));
        }
        return run(
                x, layer, input, recurrent, initial.stream().map(Optional::of).toList());
    }

    /**
     * A layer whose state is the projection P m of the state m that the cell has: with R P for its recurrent weights R the
     * cell goes on from m itself. What the first token gets from the state before it comes as more features of that token.
     */
    private List<Value> projected(Value x, int layer, List<Value> initial) {
        int directions = bidirectional ? 2 : 1;
        List<Value> features = new ArrayList<>(List.of(x));
        List<Value> input = new ArrayList<>();
        List<Value> recurrent = new ArrayList<>();
        List<Value> projections = new ArrayList<>();
        for (int direction = 0; direction < directions; direction++) {
            Value own = parameter(layer, direction, 1);
            Value projection = parameter(layer, direction, each() - 1);
            Value before = CommonNodes.slice(graph, initial.getFirst(), 0, direction, direction + 1L);
            features.add(graph.node("Mul", firstToken(x, direction == 1), before));
            List<Value> columns = new ArrayList<>(List.of(parameter(layer, direction, 0)));
            for (int other = 0; other < directions; other++) {
                columns.add(other == direction ? own : graph.node("Mul", own, graph.scalar(0.0, graph.dataType(own))));
            }
            input.add(CommonNodes.concat(graph, 1, columns));
            recurrent.add(graph.node("MatMul", own, projection));
            projections.add(CommonNodes.unsqueeze(graph, CommonNodes.transpose(graph, projection, 1, 0), 0));
        }
        List<Value> outputs = new ArrayList<>(run(
                CommonNodes.concat(graph, 2, features),
                layer,
                input,
                recurrent,
                List.of(Optional.empty(), Optional.of(initial.get(1)))));
        Value project = CommonNodes.concat(graph, 0, projections);
        outputs.set(0, graph.node("MatMul", outputs.get(0), project));
        outputs.set(1, graph.node("MatMul", outputs.get(1), project));
        return outputs;
    }

    /** 1 where a direction begins and 0 elsewhere: [tokens, batch or 1, 1]. */
    private Value firstToken(Value x, boolean backward) {
        Value tokens = CommonNodes.unsqueeze(graph, SizedNodes.range(graph, graph.size(x, 0)), 1);
        Value first = graph.scalar(0L, DataType.INT64);
        if (backward) {
            Value ends = lengths.map(each -> graph.cast(each, DataType.INT64))
                    .orElseGet(() -> graph.integer(graph.size(x, 0)));
            first = graph.node("Sub", ends, graph.scalar(1L, DataType.INT64));
        }
        Value found = graph.cast(graph.node("Equal", tokens, first), graph.dataType(x));
        return CommonNodes.unsqueeze(graph, found, 2);
    }

    /**
     * Runs a layer.
     *
     * @param input the weights of each direction for the input, and {@code recurrent} those for the state
     */
    private List<Value> run(
            Value x, int layer, List<Value> input, List<Value> recurrent, List<Optional<Value>> initial) {
        int directions = bidirectional ? 2 : 1;
        Dim hidden = graph.dim(recurrent.getFirst(), 1);
        if (!hidden.isKnown()) {
            throw new ModelFormatException(kind.atenName() + ": the size of the state is not known");
        }
        List<Optional<Value>> inputs = new ArrayList<>(List.of(Optional.of(x)));
        for (List<Value> weights : List.of(input, recurrent)) {
            List<Value> each = new ArrayList<>();
            for (Value gates : weights) {
                each.add(CommonNodes.unsqueeze(graph, ordered(gates, hidden.value()), 0));
            }
            inputs.add(Optional.of(CommonNodes.concat(graph, 0, each)));
        }
        inputs.add(biases ? Optional.of(bias(layer, hidden.value())) : Optional.empty());
        inputs.add(lengths.map(value -> graph.cast(value, DataType.INT32)));
        inputs.addAll(initial);
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
        return parameters.get((layer * (bidirectional ? 2 : 1) + direction) * each() + which);
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
