package dev.nereid.models.tensorflow.operators;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.tensorflow.graph.ConstantReader;
import dev.nereid.models.tensorflow.graph.NodeOutput;
import dev.nereid.models.tensorflow.graph.TensorflowFunction;
import dev.nereid.models.tensorflow.graph.TensorflowNode;
import dev.nereid.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A graph, or the body of a function, whose nodes are lowered when something needs them, each once. Used by one thread.
 */
final class GraphScope {
    /** Functions may name functions, so deep. */
    private static final int MAXIMUM_DEPTH = 32;

    private final GraphBuilder graph;
    private final ModelParts model;
    private final int depth;
    private final Map<String, TensorflowNode> nodes = new HashMap<>();
    private final Map<String, List<Value>> lowered = new HashMap<>();
    private final Map<NodeOutput, Value> given;

    /** What all scopes of a model share. */
    record ModelParts(
            ConstantReader constants,
            Map<String, Tensor> variables,
            Map<String, TensorflowFunction> functions,
            ChannelsFirst layouts) {}

    /**
     * A scope of nodes.
     *
     * @param given values that no node makes, or that stand in the place of nodes' outputs
     */
    GraphScope(
            GraphBuilder graph, ModelParts model, List<TensorflowNode> nodes, Map<NodeOutput, Value> given, int depth) {
        this.graph = graph;
        this.model = model;
        this.depth = depth;
        this.given = Map.copyOf(given);
        for (TensorflowNode node : nodes) {
            if (this.nodes.put(node.name(), node) != null) {
                throw new ModelFormatException("two nodes are named '" + node.name() + "'");
            }
        }
    }

    GraphBuilder graph() {
        return graph;
    }

    ModelParts model() {
        return model;
    }

    /**
     * Lowers a function's body into a graph.
     *
     * @param into the graph, of this scope or nested in it
     * @param arguments one for each of the function's
     */
    List<Value> call(String function, GraphBuilder into, List<Value> arguments) {
        TensorflowFunction body = function(function);
        if (depth >= MAXIMUM_DEPTH) {
            throw new ModelFormatException("functions name each other more than " + MAXIMUM_DEPTH + " deep, at '"
                    + function + "'; recursion is not supported");
        }
        if (body.arguments().size() != arguments.size()) {
            throw new ModelFormatException("function '" + function + "' has "
                    + body.arguments().size() + " arguments, and is called with " + arguments.size());
        }
        Map<NodeOutput, Value> named = new HashMap<>();
        for (int i = 0; i < arguments.size(); i++) {
            named.put(new NodeOutput(body.arguments().get(i), 0), arguments.get(i));
        }
        GraphScope inner = new GraphScope(into, model, body.nodes(), named, depth + 1);
        return body.results().stream().map(inner::value).toList();
    }

    TensorflowFunction function(String name) {
        TensorflowFunction function = model.functions().get(name);
        if (function == null) {
            throw new ModelFormatException("there is no function '" + name + "'");
        }
        return function;
    }

    /** The value of a node's output, for which all nodes that it depends on are lowered. */
    Value value(NodeOutput output) {
        lower(output);
        return made(output, output.node());
    }

    private void lower(NodeOutput wanted) {
        Deque<TensorflowNode> stack = new ArrayDeque<>();
        Set<String> open = new HashSet<>();
        push(wanted, wanted.node(), stack);
        while (!stack.isEmpty()) {
            TensorflowNode node = stack.getFirst();
            if (lowered.containsKey(node.name())) {
                stack.removeFirst();
                continue;
            }
            boolean first = open.add(node.name());
            int waiting = stack.size();
            for (NodeOutput input : node.inputs()) {
                push(input, node.name(), stack);
            }
            if (stack.size() == waiting) {
                stack.removeFirst();
                open.remove(node.name());
                List<Value> inputs = new ArrayList<>();
                node.inputs().forEach(input -> inputs.add(made(input, node.name())));
                lowered.put(node.name(), TensorflowTable.all().lower(node, inputs, this));
            } else if (!first) {
                throw node.wrong("it is part of a cycle or follows one");
            }
        }
    }

    /** Puts the node on the stack that makes a value, unless the value is there. */
    private void push(NodeOutput output, String reader, Deque<TensorflowNode> stack) {
        if (given.containsKey(output) || lowered.containsKey(output.node())) {
            return;
        }
        TensorflowNode node = nodes.get(output.node());
        if (node == null) {
            throw new ModelFormatException(
                    "node '" + reader + "' reads '" + output + "', and there is no node '" + output.node() + "'");
        }
        stack.addFirst(node);
    }

    private Value made(NodeOutput output, String reader) {
        Value value = given.get(output);
        if (value != null) {
            return value;
        }
        List<Value> outputs = lowered.getOrDefault(output.node(), List.of());
        if (output.index() >= outputs.size()) {
            throw new ModelFormatException("'" + reader + "' reads '" + output + "': node '" + output.node()
                    + "' gives " + outputs.size() + " values here");
        }
        return outputs.get(output.index());
    }
}
