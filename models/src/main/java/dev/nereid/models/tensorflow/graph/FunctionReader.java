package dev.nereid.models.tensorflow.graph;

import dev.nereid.models.ModelFormatException;
import dev.nereid.proto.tensorflow.AttrValue;
import dev.nereid.proto.tensorflow.FunctionDef;
import dev.nereid.proto.tensorflow.NodeDef;
import dev.nereid.proto.tensorflow.OpDef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads functions. Inside one, an input reads {@code argument}, {@code node:output argument:k} or {@code ^node}, where k
 * counts within an output argument that is a list.
 */
public final class FunctionReader {
    private final Map<String, NodeDef> nodes = new HashMap<>();
    private final Set<String> arguments = new HashSet<>();
    private final FunctionDef function;

    private FunctionReader(FunctionDef function) {
        this.function = function;
        function.getSignature().getInputArgList().forEach(argument -> arguments.add(argument.getName()));
        function.getNodeDefList().forEach(node -> nodes.put(node.getName(), node));
    }

    /**
     * Reads a function.
     *
     * @param bound values of the function's own attributes, which its nodes may refer to
     * @throws ModelFormatException if something is named that is not there
     */
    public static TensorflowFunction read(FunctionDef function, Map<String, AttrValue> bound) {
        String name = function.getSignature().getName();
        try {
            return new FunctionReader(function).read(bound);
        } catch (ModelFormatException e) {
            throw new ModelFormatException("function '" + name + "': " + e.getMessage(), e);
        }
    }

    private TensorflowFunction read(Map<String, AttrValue> bound) {
        List<TensorflowNode> made = new ArrayList<>();
        for (NodeDef node : function.getNodeDefList()) {
            List<NodeOutput> inputs = new ArrayList<>();
            List<String> controls = new ArrayList<>();
            for (String input : node.getInputList()) {
                if (input.startsWith("^")) {
                    controls.add(input.substring(1));
                } else {
                    inputs.add(value(input));
                }
            }
            made.add(new TensorflowNode(node.getName(), node.getOp(), inputs, controls, attributes(node, bound)));
        }
        List<String> names = new ArrayList<>();
        function.getSignature().getInputArgList().forEach(argument -> names.add(argument.getName()));
        List<NodeOutput> results = new ArrayList<>();
        for (OpDef.ArgDef result : function.getSignature().getOutputArgList()) {
            String from = function.getRetMap().get(result.getName());
            if (from == null) {
                throw new ModelFormatException("nothing is said of its result '" + result.getName() + "'");
            }
            results.add(value(from));
        }
        return new TensorflowFunction(function.getSignature().getName(), names, results, made);
    }

    private NodeOutput value(String text) {
        if (arguments.contains(text)) {
            return new NodeOutput(text, 0);
        }
        String[] parts = text.split(":", -1);
        NodeDef node = nodes.get(parts[0]);
        if (node == null) {
            throw new ModelFormatException("it has no argument or node '" + parts[0] + "'");
        }
        return switch (parts.length) {
            case 1 -> new NodeOutput(parts[0], 0);
            case 2 -> new NodeOutput(parts[0], OutputArguments.first(node, parts[1]));
            case 3 ->
                new NodeOutput(parts[0], OutputArguments.first(node, parts[1]) + NodeOutput.index(text, parts[2]));
            default -> throw new ModelFormatException("'" + text + "': expected node:output:number");
        };
    }

    private NodeAttributes attributes(NodeDef node, Map<String, AttrValue> bound) {
        Map<String, AttrValue> values = new HashMap<>(node.getAttrMap());
        values.replaceAll((name, value) -> {
            if (value.getValueCase() != AttrValue.ValueCase.PLACEHOLDER) {
                return value;
            }
            AttrValue found = bound.getOrDefault(
                    value.getPlaceholder(), function.getAttrMap().get(value.getPlaceholder()));
            if (found == null) {
                throw new ModelFormatException("node '" + node.getName() + "', attribute '" + name
                        + "': nothing is said of the function's attribute '" + value.getPlaceholder() + "'");
            }
            return found;
        });
        return new NodeAttributes(values);
    }
}
