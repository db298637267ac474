package dev.nereid.models.graph;

import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Nodes in an order in which every value is made before it is read. Immutable: a pass returns a new graph.
 *
 * @param name for messages
 * @param inputs what a run must be given, in order; initializers are not among them
 * @param outputs what a run gives back, in order; may name an input or an initializer
 * @param initializers constants; their tensors are views whose memory lives until the plan is built
 * @param types what the file declares of values, inputs and outputs at least; inference finds the rest
 */
public record Graph(
        String name,
        List<Value> inputs,
        List<Value> outputs,
        List<Node> nodes,
        Map<Value, Tensor> initializers,
        Map<Value, ? extends ValueType> types) {
    public Graph {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        nodes = List.copyOf(nodes);
        initializers = Map.copyOf(initializers);
        types = Map.copyOf(types);
    }

    public Graph withNodes(List<Node> newNodes) {
        return new Graph(name, inputs, outputs, newNodes, initializers, types);
    }

    public Graph with(List<Node> newNodes, Map<Value, Tensor> newInitializers) {
        return new Graph(name, inputs, outputs, newNodes, newInitializers, types);
    }
}
