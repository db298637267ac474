package dev.nereid.models.optimize;

import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.operators.Trait;
import dev.nereid.models.optimize.QuantizedValues.Quantized;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What only moves numbers, between a DequantizeLinear and a QuantizeLinear that undoes it, moves bytes. Those of a model that
 * is quantised statically stand in front of most of its operators.
 */
public final class MoveQuantized implements GraphPass {
    private final OperatorSet operators;

    /** The pass. */
    public MoveQuantized(OperatorSet operators) {
        this.operators = operators;
    }

    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        QuantizedValues values = new QuantizedValues(index);
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node node : graph.nodes()) {
            if (operators.has(node, Trait.VIEW, Trait.REORDERING)) {
                move(node, values, rewrite);
            }
        }
        return rewrite.apply();
    }

    private static void move(Node node, QuantizedValues values, GraphRewrite rewrite) {
        Value output = node.output(0).orElseThrow();
        Optional<Quantized> x = node.input(0).flatMap(values::dequantized);
        Optional<Quantized> y = values.requantized(output);
        if (x.isEmpty() || y.isEmpty() || !values.areAlike(x.get(), y.get())) {
            return;
        }
        List<Optional<Value>> inputs = new ArrayList<>(node.inputs());
        inputs.set(0, Optional.of(x.get().bytes()));
        rewrite.drop(node);
        rewrite.replace(
                values.quantizing(output).orElseThrow(),
                node.with(inputs, List.of(Optional.of(y.get().bytes())), node.attributes()));
    }
}
