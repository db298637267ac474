package dev.nereid.models.tensorflow.saved;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.tensorflow.graph.FunctionReader;
import dev.nereid.models.tensorflow.graph.NodeAttributes;
import dev.nereid.models.tensorflow.graph.NodeOutput;
import dev.nereid.models.tensorflow.graph.TensorflowFunction;
import dev.nereid.models.tensorflow.graph.TensorflowNode;
import dev.nereid.proto.tensorflow.AttrValue;
import dev.nereid.proto.tensorflow.FunctionDef;
import dev.nereid.proto.tensorflow.GraphDef;
import dev.nereid.proto.tensorflow.NameAttrList;
import dev.nereid.proto.tensorflow.NodeDef;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The part of a graph that some values need, with function calls replaced by the functions' nodes. What runs before those
 * nodes without data is part of it. Functions that other nodes name, such as branches of If, stay functions, flattened too.
 * Used by one thread.
 */
final class GraphFlattening {
    private static final int DEEPEST_CALL = 100;
    private static final int MOST_NODES = 1_000_000;
    /** Names of nodes have those of all calls around them: few nodes of deep calls could fill the memory with them. */
    private static final int MOST_NAME_CHARACTERS = 1 << 25;

    private static final Set<String> CALLS = Set.of("PartitionedCall", "StatefulPartitionedCall");

    private final Map<String, FunctionDef> library = new HashMap<>();
    private final Map<String, TensorflowNode> main = new HashMap<>();
    private final Map<String, TensorflowFunction> functions = new LinkedHashMap<>();
    private final Deque<String> open = new ArrayDeque<>();
    private int nodesLeft = MOST_NODES;
    private long charactersLeft = MOST_NAME_CHARACTERS;

    private final Map<NameAttrList, Content> read = new HashMap<>();

    /**
     * A function as it was read.
     *
     * @param roots the nodes that make its results, and those that run all the same
     */
    private record Content(TensorflowFunction function, Map<String, TensorflowNode> nodes, Set<String> roots) {}

    /** What was flattened. */
    record Flat(List<TensorflowNode> nodes, List<NodeOutput> results) {}

    GraphFlattening(GraphDef graph) {
        for (FunctionDef function : graph.getLibrary().getFunctionList()) {
            library.put(function.getSignature().getName(), function);
        }
        for (NodeDef node : graph.getNodeList()) {
            if (main.put(node.getName(), TensorflowNode.of(node)) != null) {
                throw new ModelFormatException("two nodes are named '" + node.getName() + "'");
            }
        }
    }

    /** The main graph's nodes that some of its values need; the results are those values, of nodes that are no calls. */
    Flat flatten(List<NodeOutput> wanted) {
        return flatten(wanted, Set.of());
    }

    /** As the other method, of values behind others that are given: no nodes are taken that make those. */
    Flat flatten(List<NodeOutput> wanted, Set<NodeOutput> given) {
        Body body = new Body(given);
        List<String> roots = wanted.stream()
                .filter(each -> !given.contains(each))
                .map(NodeOutput::node)
                .toList();
        body.add("", main, roots, Map.of());
        return new Flat(body.resolved(), wanted.stream().map(body::resolve).toList());
    }

    /** What nodes that were flattened name, and what those functions name. */
    Map<String, TensorflowFunction> functions() {
        return functions;
    }

    private TensorflowFunction flattened(NameAttrList named) {
        Content content = read(named);
        TensorflowFunction function = content.function();
        Body body = new Body(Set.of());
        Map<NodeOutput, NodeOutput> arguments = new HashMap<>();
        function.arguments().forEach(name -> arguments.put(new NodeOutput(name, 0), new NodeOutput(name, 0)));
        enter(named.getName(), () -> body.add("", content.nodes(), content.roots(), arguments));
        return new TensorflowFunction(
                named.getName(),
                function.arguments(),
                function.results().stream().map(body::resolve).toList(),
                body.resolved());
    }

    private Content read(NameAttrList named) {
        return read.computeIfAbsent(named, this::readNew);
    }

    private Content readNew(NameAttrList named) {
        FunctionDef definition = library.get(named.getName());
        if (definition == null) {
            throw new ModelFormatException("there is no function '" + named.getName() + "'");
        }
        TensorflowFunction function = FunctionReader.read(definition, named.getAttrMap());
        Set<String> roots = new LinkedHashSet<>();
        function.results().forEach(result -> roots.add(result.node()));
        roots.addAll(definition.getControlRetMap().values());
        return new Content(function, nodes(function), roots);
    }

    private static Map<String, TensorflowNode> nodes(TensorflowFunction function) {
        Map<String, TensorflowNode> nodes = new HashMap<>();
        for (TensorflowNode node : function.nodes()) {
            if (nodes.put(node.name(), node) != null) {
                throw new ModelFormatException(
                        "function '" + function.name() + "': two nodes are named '" + node.name() + "'");
            }
        }
        return nodes;
    }

    private void enter(String function, Runnable work) {
        if (open.contains(function)) {
            throw new ModelFormatException("function '" + function + "' calls itself: recursion is not supported");
        }
        if (open.size() >= DEEPEST_CALL) {
            throw new ModelFormatException(
                    "functions call each other more than " + DEEPEST_CALL + " deep, at '" + function + "'");
        }
        open.push(function);
        work.run();
        open.pop();
    }

    /** One flat graph: the main one, or that of a function which stays one. */
    private final class Body {
        private final List<TensorflowNode> nodes = new ArrayList<>();
        private final Set<NodeOutput> given;
        /** What results of calls and arguments of functions stand for. */
        private final Map<NodeOutput, NodeOutput> aliases = new HashMap<>();

        Body(Set<NodeOutput> given) {
            this.given = given;
        }

        /** Adds the nodes that some need. Their names get a prefix, except those of arguments, which are aliases. */
        void add(
                String prefix,
                Map<String, TensorflowNode> from,
                Collection<String> roots,
                Map<NodeOutput, NodeOutput> arguments) {
            aliases.putAll(arguments);
            Set<String> seen = new LinkedHashSet<>(roots);
            Deque<String> todo = new ArrayDeque<>(seen);
            while (!todo.isEmpty()) {
                String name = todo.pop();
                if (aliases.containsKey(new NodeOutput(prefix + name, 0)) && !from.containsKey(name)) {
                    continue;
                }
                TensorflowNode node = from.get(name);
                if (node == null) {
                    throw new ModelFormatException("there is no node '" + prefix + name + "', which others read");
                }
                spend((long) (1 + node.inputs().size()) * (prefix.length() + name.length()));
                List<NodeOutput> inputs = new ArrayList<>();
                for (NodeOutput input : node.inputs()) {
                    inputs.add(new NodeOutput(prefix + input.node(), input.index()));
                    if (!(prefix.isEmpty() && given.contains(input)) && seen.add(input.node())) {
                        todo.push(input.node());
                    }
                }
                for (String control : node.controls()) {
                    if (seen.add(control)) {
                        todo.push(control);
                    }
                }
                addOne(prefix + name, node, inputs);
            }
        }

        private void spend(long characters) {
            nodesLeft--;
            charactersLeft -= characters;
            if (nodesLeft < 0 || charactersLeft < 0) {
                throw new ModelFormatException("with its functions' nodes it has more than " + MOST_NODES
                        + ", or names of more than " + MOST_NAME_CHARACTERS + " characters");
            }
        }

        private void addOne(String name, TensorflowNode node, List<NodeOutput> inputs) {
            if (CALLS.contains(node.operator())) {
                call(name, node.attributes().function("f"), inputs);
            } else if (library.containsKey(node.operator())) {
                NameAttrList.Builder named = NameAttrList.newBuilder().setName(node.operator());
                call(name, named.putAllAttr(node.attributes().map()).build(), inputs);
            } else {
                nodes.add(new TensorflowNode(name, node.operator(), inputs, List.of(), node.attributes()));
                named(node.attributes());
            }
        }

        private void call(String name, NameAttrList named, List<NodeOutput> inputs) {
            Content content = read(named);
            TensorflowFunction function = content.function();
            if (function.arguments().size() != inputs.size()) {
                throw new ModelFormatException(
                        "node '" + name + "' calls '" + function.name() + "' with " + inputs.size()
                                + " arguments: expected " + function.arguments().size());
            }
            String prefix = name + "/" + function.name() + "/";
            Map<NodeOutput, NodeOutput> arguments = new HashMap<>();
            for (int i = 0; i < inputs.size(); i++) {
                arguments.put(new NodeOutput(prefix + function.arguments().get(i), 0), inputs.get(i));
            }
            enter(function.name(), () -> add(prefix, content.nodes(), content.roots(), arguments));
            for (int i = 0; i < function.results().size(); i++) {
                NodeOutput result = function.results().get(i);
                aliases.put(new NodeOutput(name, i), new NodeOutput(prefix + result.node(), result.index()));
            }
        }

        private void named(NodeAttributes attributes) {
            for (AttrValue value : attributes.map().values()) {
                List<NameAttrList> all = new ArrayList<>(value.getList().getFuncList());
                if (value.getValueCase() == AttrValue.ValueCase.FUNC) {
                    all.add(value.getFunc());
                }
                for (NameAttrList each : all) {
                    if (library.containsKey(each.getName()) && !functions.containsKey(each.getName())) {
                        functions.put(each.getName(), flattened(each));
                    }
                }
            }
        }

        List<TensorflowNode> resolved() {
            return nodes.stream()
                    .map(node -> new TensorflowNode(
                            node.name(),
                            node.operator(),
                            node.inputs().stream().map(this::resolve).toList(),
                            node.controls(),
                            node.attributes()))
                    .toList();
        }

        /** The value that one stands for. */
        NodeOutput resolve(NodeOutput output) {
            Set<NodeOutput> passed = new HashSet<>();
            NodeOutput at = output;
            NodeOutput next = aliases.get(at);
            while (next != null && !next.equals(at)) {
                if (!passed.add(at)) {
                    throw new ModelFormatException("'" + output + "' is the result of calls that depend on each other");
                }
                at = next;
                next = aliases.get(at);
            }
            return at;
        }
    }
}
