package dev.nereid.models.tensorflow.graph;

import java.util.List;

/**
 * A function that nodes name as a branch or as the body of a loop.
 *
 * @param arguments names of nodes that do not exist: output 0 of each is the argument
 * @param results in the order of the signature
 */
public record TensorflowFunction(
        String name, List<String> arguments, List<NodeOutput> results, List<TensorflowNode> nodes) {
    public TensorflowFunction {
        arguments = List.copyOf(arguments);
        results = List.copyOf(results);
        nodes = List.copyOf(nodes);
    }
}
