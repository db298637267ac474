package dev.nereid.models.onnx;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.imported.Closures;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.proto.onnx.FunctionProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.SparseTensorProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Builds graphs from messages. Names become {@link Value}s, all of a graph before any of its nodes is read: nodes may
 * come in any order, and subgraphs refer to the values around them by identity.
 */
final class GraphImporter {
    private final TensorReader tensors;
    private final SparseTensors sparseTensors;
    private final AttributeReader attributes;
    private final Functions functions;
    private final TypeReader types = new TypeReader();

    GraphImporter(ModelProto model, TensorReader tensors, ImportMemory memory) {
        this.tensors = tensors;
        this.sparseTensors = new SparseTensors(tensors, memory);
        this.attributes = new AttributeReader(tensors, sparseTensors, types, this);
        this.functions = new Functions(model.getFunctionsList(), this);
    }

    AttributeReader attributes() {
        return attributes;
    }

    /** The main graph. Its inputs are what a request brings, so their types must be there. */
    Graph main(GraphProto proto, Map<String, Integer> opsets) {
        functions.check(proto);
        Graph graph = graph(proto, Scope.ofBody(new Scope.Body(opsets, Map.of(), "", 0)));
        for (ValueInfoProto info : proto.getInputList()) {
            requireType(info, "input");
        }
        for (ValueInfoProto info : proto.getOutputList()) {
            if (info.hasType()) {
                requireType(info, "output");
            }
        }
        return graph;
    }

    /** A subgraph of a node's attribute, which sees the values of {@code outer}. */
    Graph subgraph(GraphProto proto, Scope outer) {
        return graph(proto, outer.nested());
    }

    /** Adds the nodes of a function's body, whose inputs and outputs {@code scope} has already. */
    void addBody(FunctionProto function, Scope scope, List<Node> nodes) {
        Set<String> made = new HashSet<>();
        Set<String> outputs = Set.copyOf(unforwarded(function));
        for (NodeProto node : function.getNodeList()) {
            for (String output : node.getOutputList()) {
                if (output.isEmpty()) {
                    continue;
                }
                boolean isOutput = outputs.contains(output);
                if (!made.add(output) || !isOutput) {
                    scope.declare(output);
                }
            }
        }
        if (!made.containsAll(outputs)) {
            throw new ModelFormatException("function '" + function.getName() + "' does not compute all its outputs");
        }
        function.getNodeList().forEach(node -> addNode(node, scope, nodes));
    }

    private static List<String> unforwarded(FunctionProto function) {
        List<String> outputs = new ArrayList<>(function.getOutputList());
        outputs.removeAll(Set.copyOf(function.getInputList()));
        return outputs;
    }

    private Graph graph(GraphProto proto, Scope scope) {
        Map<Value, Tensor> initializers = initializers(proto, scope);
        Set<String> initialized = new HashSet<>(scope.ownNames());
        List<Value> inputs = new ArrayList<>();
        for (ValueInfoProto input : proto.getInputList()) {
            // An initializer that is listed as an input too is a constant here; see OverridableInitializer.
            if (!initialized.contains(input.getName())) {
                inputs.add(scope.declare(input.getName()));
            }
        }
        for (NodeProto node : proto.getNodeList()) {
            for (String output : node.getOutputList()) {
                if (!output.isEmpty()) {
                    scope.declare(output);
                }
            }
        }
        List<Node> nodes = new ArrayList<>();
        proto.getNodeList().forEach(node -> addNode(node, scope, nodes));
        List<Value> outputs = new ArrayList<>();
        for (ValueInfoProto output : proto.getOutputList()) {
            outputs.add(scope.find(output.getName(), "the output list of graph '" + proto.getName() + "'")
                    .orElseThrow(() -> new ModelFormatException(
                            "graph output '" + output.getName() + "' is an argument that its caller left out")));
        }
        return new Graph(
                proto.getName(),
                inputs,
                outputs,
                TopologicalOrder.sort(nodes),
                initializers,
                declaredTypes(proto, scope));
    }

    private Map<Value, Tensor> initializers(GraphProto proto, Scope scope) {
        Map<Value, Tensor> initializers = new HashMap<>();
        for (TensorProto tensor : proto.getInitializerList()) {
            String what = "initializer '" + tensor.getName() + "'";
            initializers.put(scope.declare(tensor.getName()), tensors.read(tensor, what));
        }
        for (SparseTensorProto tensor : proto.getSparseInitializerList()) {
            String what = "sparse initializer '" + tensor.getValues().getName() + "'";
            initializers.put(scope.declare(tensor.getValues().getName()), sparseTensors.read(tensor, what));
        }
        return initializers;
    }

    private void addNode(NodeProto proto, Scope scope, List<Node> nodes) {
        String domain = OnnxImporter.domain(proto.getDomain());
        Node node = new Node(
                proto.getName(),
                domain,
                proto.getOpType(),
                scope.body().opset(domain),
                List.of(),
                values(proto.getOutputList(), scope, proto.getName()),
                Attributes.NONE);
        List<Optional<Value>> inputs = values(proto.getInputList(), scope, node.describe());
        Attributes read = new Attributes(attributes.read(proto.getAttributeList(), scope, node.describe()));
        Node complete = new Node(node.name(), domain, node.operator(), node.opset(), inputs, node.outputs(), read);
        Optional<FunctionProto> function = functions.find(proto);
        if (function.isPresent()) {
            functions.inline(function.get(), complete, scope.body(), nodes);
        } else {
            nodes.add(Closures.close(complete));
        }
    }

    private static List<Optional<Value>> values(List<String> names, Scope scope, String reader) {
        List<Optional<Value>> values = new ArrayList<>();
        for (String name : names) {
            values.add(name.isEmpty() ? Optional.empty() : scope.find(name, reader));
        }
        return values;
    }

    private Map<Value, ValueType> declaredTypes(GraphProto proto, Scope scope) {
        Map<Value, ValueType> declared = new HashMap<>();
        declare(proto.getValueInfoList(), scope, types::read, declared);
        declare(proto.getOutputList(), scope, types::read, declared);
        declare(proto.getInputList(), scope, types::readInput, declared);
        return declared;
    }

    private static void declare(
            List<ValueInfoProto> list,
            Scope scope,
            Function<ValueInfoProto, Optional<ValueType>> reader,
            Map<Value, ValueType> declared) {
        for (ValueInfoProto info : list) {
            if (scope.hasOwn(info.getName())) {
                Value value = scope.find(info.getName(), info.getName()).orElseThrow();
                reader.apply(info).ifPresent(type -> declared.put(value, type));
            }
        }
    }

    private void requireType(ValueInfoProto info, String role) {
        if (types.read(info).isEmpty()) {
            throw new ModelFormatException("graph " + role + " '" + info.getName() + "': expected a tensor with an "
                    + "element type, or a sequence, optional or map of such, got: " + TypeReader.kind(info));
        }
    }
}
