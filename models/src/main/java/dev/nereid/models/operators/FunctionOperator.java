package dev.nereid.models.operators;

import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.Value;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.Subgraph;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An operator that is a formula of other operators. The optimiser puts the formula in the place of its nodes; a node that
 * is lowered without runs the formula as a graph of its own.
 */
public interface FunctionOperator extends Operator {
    /**
     * The nodes that make the node's outputs of its inputs, in order. They depend on the node's attributes, and on which
     * of its inputs and outputs are there, alone.
     *
     * @throws dev.nereid.models.ModelFormatException if the attributes do not suit the operator
     */
    List<Node> expand(Node node);

    @Override
    default List<ValueType> outputTypes(Inference inference) {
        Graph body = body(inference.node());
        List<ValueType> made = inference.bodyTypes(body, inputTypes(inference, body));
        List<ValueType> types = new ArrayList<>();
        int next = 0;
        for (Optional<Value> output : inference.node().outputs()) {
            // The type of an output that nobody reads is without meaning.
            types.add(made.get(Math.min(next, made.size() - 1)));
            next += output.isPresent() ? 1 : 0;
        }
        return types;
    }

    @Override
    default void lower(Lowering lowering) {
        Node node = lowering.node();
        Graph graph = body(node);
        int[] places = graph.inputs().stream()
                .mapToInt(value -> node.inputs().indexOf(Optional.of(value)))
                .toArray();
        Subgraph body = lowering.body(graph, inputTypes(lowering, graph));
        lowering.stepPutting(run -> {
            List<RunValue> given = new ArrayList<>();
            for (int place : places) {
                given.add(run.value(place));
            }
            List<RunValue> made = run.run(body, given);
            int next = 0;
            for (int output = 0; output < node.outputs().size(); output++) {
                if (node.output(output).isPresent()) {
                    RunValue value = made.get(next++);
                    if (run.wants(output)) {
                        run.put(output, value);
                    }
                }
            }
        });
    }

    /** The formula as a graph: of the inputs and outputs that are there. */
    private Graph body(Node node) {
        Set<Value> inputs = new LinkedHashSet<>();
        node.inputs().forEach(input -> input.ifPresent(inputs::add));
        List<Value> outputs = node.outputs().stream().flatMap(Optional::stream).toList();
        return new Graph(node.operator(), List.copyOf(inputs), outputs, expand(node), Map.of(), Map.of());
    }

    private static List<ValueType> inputTypes(Inference inference, Graph body) {
        return body.inputs().stream()
                .map(value -> inference.valueType(inference.node().inputs().indexOf(Optional.of(value))))
                .toList();
    }
}
