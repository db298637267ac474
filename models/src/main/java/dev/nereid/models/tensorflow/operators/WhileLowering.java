package dev.nereid.models.tensorflow.operators;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.tensorflow.graph.NodeOutput;
import dev.nereid.models.tensorflow.graph.TensorflowFunction;
import dev.nereid.models.tensorflow.graph.TensorflowNode;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** A While node as a Loop. What the body gives back as it got it is no state of the loop: its graph reads it from around. */
final class WhileLowering {
    /** The body's types of the states can follow from those of others, one a time. */
    private static final int MAXIMUM_ATTEMPTS = 8;

    private final TensorflowCall call;
    private final String condition;
    private final String body;
    /** For each loop variable whether it changes. */
    private final List<Boolean> changes = new ArrayList<>();

    WhileLowering(TensorflowCall call) {
        this.call = call;
        this.condition = call.attributes().function("cond").getName();
        this.body = call.attributes().function("body").getName();
    }

    List<Value> lower() {
        TensorflowFunction function = call.scope().function(body);
        if (function.results().size() != call.inputs().size()
                || function.arguments().size() != call.inputs().size()) {
            throw new ModelFormatException(
                    "its body has " + function.arguments().size() + " arguments and "
                            + function.results().size() + " results: expected "
                            + call.inputs().size());
        }
        Map<String, TensorflowNode> nodes = new HashMap<>();
        function.nodes().forEach(node -> nodes.put(node.name(), node));
        for (int i = 0; i < function.results().size(); i++) {
            changes.add(!source(function.results().get(i), nodes)
                    .equals(new NodeOutput(function.arguments().get(i), 0)));
        }
        GraphBuilder graph = call.graph();
        List<TensorType> types = new ArrayList<>();
        List<Value> states = new ArrayList<>();
        for (int i = 0; i < call.inputs().size(); i++) {
            if (changes.get(i)) {
                states.add(call.input(i));
                types.add(graph.type(call.input(i)));
            }
        }
        Value first = TensorflowControl.truth(graph, condition(graph, call.inputs()));
        for (int attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
            GraphBuilder inner = graph.nested();
            List<Value> results = body(inner, types);
            OptionalInt other = widen(inner, types, results.subList(1, results.size()), attempt);
            if (other.isEmpty()) {
                return withConstant(loop(graph, inner, results, first, states));
            }
        }
        throw new ModelFormatException("the shapes of its loop variables do not settle");
    }

    /** What an output is but for nodes that give back what they get. */
    private static NodeOutput source(NodeOutput output, Map<String, TensorflowNode> nodes) {
        NodeOutput source = output;
        for (int i = 0; i < nodes.size(); i++) {
            TensorflowNode node = nodes.get(source.node());
            if (node == null
                    || !node.operator().equals("Identity")
                    || node.inputs().isEmpty()) {
                break;
            }
            source = node.inputs().getFirst();
        }
        return source;
    }

    private Value condition(GraphBuilder into, List<Value> variables) {
        List<Value> results = call.scope().call(condition, into, variables);
        if (results.size() != 1) {
            throw new ModelFormatException("its condition gives " + results.size() + " values: expected one");
        }
        return results.getFirst();
    }

    /** The body with inputs of these types: whether to go on, and the states. */
    private List<Value> body(GraphBuilder inner, List<TensorType> types) {
        inner.input("iteration", TensorType.of(DataType.INT64, List.of()));
        inner.input("condition", TensorType.of(DataType.BOOL, List.of()));
        List<Value> variables = new ArrayList<>(call.inputs());
        int next = 0;
        for (int i = 0; i < variables.size(); i++) {
            if (changes.get(i)) {
                variables.set(i, inner.input("state_" + i, types.get(next++)));
            }
        }
        List<Value> after = new ArrayList<>(call.scope().call(body, inner, variables));
        for (int i = 0; i < after.size(); i++) {
            if (!changes.get(i)) {
                after.set(i, call.input(i));
            }
        }
        List<Value> results = new ArrayList<>();
        results.add(inner.node("Identity", TensorflowControl.truth(inner, condition(inner, after))));
        for (int i = 0; i < after.size(); i++) {
            if (changes.get(i)) {
                results.add(inner.node("Identity", after.get(i)));
            }
        }
        return results;
    }

    /** Opens dims that the body changes; empty where it changes none that was thought to stay. */
    private static OptionalInt widen(GraphBuilder inner, List<TensorType> types, List<Value> results, int attempt) {
        OptionalInt changed = OptionalInt.empty();
        for (int i = 0; i < types.size(); i++) {
            TensorType before = types.get(i);
            TensorType after = inner.type(results.get(i));
            if (before.dataType() != after.dataType()) {
                throw new ModelFormatException(
                        "its loop variable " + i + " is " + before.dataType() + " and becomes " + after.dataType());
            }
            TensorType both = common(before, after, "loop_" + attempt + "_" + i + "_");
            if (!both.equals(before)) {
                types.set(i, both);
                changed = OptionalInt.of(i);
            }
        }
        return changed;
    }

    private static TensorType common(TensorType before, TensorType after, String symbols) {
        if (!before.hasRank() || !after.hasRank() || before.rank() != after.rank()) {
            return TensorType.ofUnknownRank(before.dataType());
        }
        List<Dim> dims = new ArrayList<>();
        for (int axis = 0; axis < before.rank(); axis++) {
            boolean stays = before.dim(axis).equals(after.dim(axis)) || isOpen(before.dim(axis));
            dims.add(stays ? before.dim(axis) : Dim.symbol(symbols + axis));
        }
        return TensorType.of(before.dataType(), dims);
    }

    /** Whether a dim may be anything already. */
    private static boolean isOpen(Dim dim) {
        return dim.symbols().stream().anyMatch(symbol -> symbol.startsWith("loop_"));
    }

    private List<Value> loop(
            GraphBuilder graph, GraphBuilder inner, List<Value> results, Value first, List<Value> states) {
        if (states.isEmpty()) {
            return List.of();
        }
        List<Optional<Value>> inputs = new ArrayList<>();
        inputs.add(Optional.empty());
        inputs.add(Optional.of(first));
        states.forEach(state -> inputs.add(Optional.of(state)));
        return graph.nodes("", "Loop", states.size(), new Attributes(Map.of("body", inner.subgraph(results))), inputs);
    }

    private List<Value> withConstant(List<Value> states) {
        List<Value> all = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < call.inputs().size(); i++) {
            all.add(changes.get(i) ? states.get(next++) : call.input(i));
        }
        return all;
    }
}
