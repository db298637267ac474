package dev.nereid.models.onnx;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.proto.onnx.FunctionProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.NodeProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The operators that a file defines itself. A call is replaced by the nodes of the function's body. */
final class Functions {
    private record Key(String domain, String name, String overload) {}

    private final Map<Key, FunctionProto> functions = new HashMap<>();
    private final GraphImporter graphs;
    private int inlinedNodes;

    Functions(List<FunctionProto> protos, GraphImporter graphs) {
        this.graphs = graphs;
        for (FunctionProto proto : protos) {
            Key key = new Key(OnnxImporter.domain(proto.getDomain()), proto.getName(), proto.getOverload());
            if (functions.put(key, proto) != null) {
                throw new ModelFormatException("function '" + proto.getName() + "' is defined twice");
            }
        }
    }

    /** The function that {@code node} calls; empty where it applies an operator. */
    Optional<FunctionProto> find(NodeProto node) {
        Key key = new Key(OnnxImporter.domain(node.getDomain()), node.getOpType(), node.getOverload());
        return Optional.ofNullable(functions.get(key));
    }

    /**
     * Does nothing where all calls of a graph can be expanded.
     *
     * @throws ModelFormatException if they stand for too many nodes or are too deep; names a call
     */
    void check(GraphProto graph) {
        if (!functions.isEmpty()) {
            new FunctionSizes(this::find).check(graph);
        }
    }

    /** Adds the nodes of {@code function}'s body, between the inputs and outputs of {@code call}, to {@code nodes}. */
    void inline(FunctionProto function, Node call, Scope.Body caller, List<Node> nodes) {
        // Checked before, but for graphs that are arguments of functions and call functions again.
        inlinedNodes += function.getNodeCount();
        if (caller.depth() >= FunctionSizes.MAXIMUM_DEPTH || inlinedNodes > FunctionSizes.MAXIMUM_NODES) {
            throw new ModelFormatException(call.describe() + " calls functions more than " + FunctionSizes.MAXIMUM_DEPTH
                    + " deep or with more than " + FunctionSizes.MAXIMUM_NODES + " nodes in all");
        }
        if (call.inputs().size() > function.getInputCount() || call.outputs().size() > function.getOutputCount()) {
            throw new ModelFormatException(call.describe() + " has more inputs or outputs than its function");
        }
        Scope scope = Scope.ofBody(new Scope.Body(
                OnnxImporter.opsets(function.getOpsetImportList()),
                arguments(function, call),
                call.output(0).map(Value::name).orElse(call.name()) + "/",
                caller.depth() + 1));
        for (int i = 0; i < function.getInputCount(); i++) {
            scope.bind(function.getInput(i), call.input(i));
        }
        for (int i = 0; i < function.getOutputCount(); i++) {
            String name = function.getOutput(i);
            if (scope.hasOwn(name)) {
                forward(scope.find(name, call.describe()), call.output(i), scope.body(), nodes);
            } else {
                scope.bind(
                        name,
                        Optional.of(call.output(i).orElse(new Value(scope.body().prefix() + name))));
            }
        }
        graphs.addBody(function, scope, nodes);
    }

    private Map<String, Attribute> arguments(FunctionProto function, Node call) {
        Scope defaults = Scope.ofBody(new Scope.Body(Map.of(), Map.of(), "", 0));
        Map<String, Attribute> arguments =
                new HashMap<>(graphs.attributes().read(function.getAttributeProtoList(), defaults, call.describe()));
        arguments.putAll(call.attributes().map());
        return arguments;
    }

    /** An output of the function that is one of its inputs, or one of its other outputs. */
    private static void forward(Optional<Value> from, Optional<Value> to, Scope.Body body, List<Node> nodes) {
        if (from.isPresent() && to.isPresent()) {
            nodes.add(Node.of(
                    "", "", "Identity", body.opset(""), List.of(from.get()), List.of(to.get()), Attributes.NONE));
        }
    }
}
