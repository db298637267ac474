package dev.nereid.models.tensorflow.frozen;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.tensorflow.graph.FunctionReader;
import dev.nereid.models.tensorflow.graph.NodeOutput;
import dev.nereid.models.tensorflow.graph.TensorflowFunction;
import dev.nereid.models.tensorflow.graph.TensorflowGraph;
import dev.nereid.models.tensorflow.graph.TensorflowInput;
import dev.nereid.models.tensorflow.graph.TensorflowNode;
import dev.nereid.models.tensorflow.graph.TensorflowOutput;
import dev.nereid.proto.tensorflow.FunctionDef;
import dev.nereid.proto.tensorflow.GraphDef;
import dev.nereid.proto.tensorflow.NodeDef;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What of a GraphDef is served: its inputs and outputs, which it does not name itself. */
final class FrozenGraph {
    private static final String PLACEHOLDER = "Placeholder";
    /** Nodes whose results nobody wants. */
    private static final Set<String> WITHOUT_RESULT = Set.of("NoOp", "Assert", "Const", PLACEHOLDER, "VariableV2");

    private final List<TensorflowNode> nodes;
    private final DeclaredPorts declared;
    private final Map<String, TensorflowNode> byName = new HashMap<>();

    private FrozenGraph(List<TensorflowNode> nodes, DeclaredPorts declared) {
        this.nodes = nodes;
        this.declared = declared;
        nodes.forEach(node -> byName.put(node.name(), node));
    }

    static TensorflowGraph read(GraphDef message, DeclaredPorts declared) {
        List<TensorflowNode> nodes = new ArrayList<>();
        for (NodeDef node : message.getNodeList()) {
            nodes.add(TensorflowNode.of(node));
        }
        if (nodes.isEmpty()) {
            throw new ModelFormatException("the graph has no nodes; the file is empty or no frozen graph");
        }
        Map<String, TensorflowFunction> functions = new HashMap<>();
        for (FunctionDef function : message.getLibrary().getFunctionList()) {
            functions.put(function.getSignature().getName(), FunctionReader.read(function, Map.of()));
        }
        FrozenGraph graph = new FrozenGraph(nodes, declared);
        return new TensorflowGraph(nodes, graph.inputs(), graph.outputs(), Map.of(), functions);
    }

    /** The declared ones, and those Placeholders that none of them is. */
    private List<TensorflowInput> inputs() {
        List<TensorflowInput> inputs = new ArrayList<>();
        Set<NodeOutput> fed = new HashSet<>();
        for (DeclaredPorts.Input input : declared.inputs()) {
            NodeOutput feeds = NodeOutput.parse(input.name());
            TensorflowNode node = byName.get(feeds.node());
            if (node == null) {
                throw new ModelFormatException("the config's input '" + input.name() + "' is no node of the graph");
            }
            fed.add(feeds);
            TensorType own = node.operator().equals(PLACEHOLDER) ? type(node) : input.type();
            inputs.add(new TensorflowInput(input.name(), own.hasRank() ? own : input.type(), feeds));
        }
        for (TensorflowNode node : nodes) {
            NodeOutput output = new NodeOutput(node.name(), 0);
            if (node.operator().equals(PLACEHOLDER) && !fed.contains(output)) {
                inputs.add(new TensorflowInput(node.name(), type(node), output));
            }
        }
        return inputs;
    }

    private static TensorType type(TensorflowNode node) {
        DataType type;
        Optional<TensorShapeProto> shape;
        try {
            type = node.attributes().type("dtype");
            shape = node.attributes().shape("shape");
        } catch (ModelFormatException e) {
            throw new ModelFormatException(node.describe() + ": " + e.getMessage(), e);
        }
        if (shape.isEmpty() || shape.get().getUnknownRank()) {
            return TensorType.ofUnknownRank(type);
        }
        List<Dim> dims = new ArrayList<>();
        for (TensorShapeProto.Dim dim : shape.get().getDimList()) {
            dims.add(dim.getSize() >= 0 ? Dim.of(dim.getSize()) : Dim.symbol(node.name() + "_" + dims.size()));
        }
        return TensorType.of(type, dims);
    }

    private List<TensorflowOutput> outputs() {
        List<TensorflowOutput> outputs = new ArrayList<>();
        if (!declared.outputs().isEmpty()) {
            for (String name : declared.outputs()) {
                NodeOutput value = NodeOutput.parse(name);
                if (!byName.containsKey(value.node())) {
                    throw new ModelFormatException("the config's output '" + name + "' is no node of the graph");
                }
                outputs.add(new TensorflowOutput(name, value));
            }
            return outputs;
        }
        Set<String> read = new HashSet<>();
        for (TensorflowNode node : nodes) {
            node.inputs().forEach(input -> read.add(input.node()));
            read.addAll(node.controls());
        }
        for (TensorflowNode node : nodes) {
            if (!read.contains(node.name()) && !WITHOUT_RESULT.contains(node.operator())) {
                outputs.add(new TensorflowOutput(node.name(), new NodeOutput(node.name(), 0)));
            }
        }
        return outputs;
    }
}
