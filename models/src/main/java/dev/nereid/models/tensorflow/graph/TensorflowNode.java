package dev.nereid.models.tensorflow.graph;

import dev.nereid.models.ModelFormatException;
import dev.nereid.proto.tensorflow.NodeDef;
import java.util.ArrayList;
import java.util.List;

/**
 * A node of a graph.
 *
 * @param operator what TensorFlow calls op, such as {@code Conv2D}
 * @param inputs without the control inputs
 * @param controls nodes that run before this one, of whose outputs it reads none
 */
public record TensorflowNode(
        String name, String operator, List<NodeOutput> inputs, List<String> controls, NodeAttributes attributes) {
    public TensorflowNode {
        inputs = List.copyOf(inputs);
        controls = List.copyOf(controls);
    }

    /**
     * A node of a graph, whose inputs read {@code node}, {@code node:k} or {@code ^node}. Inputs inside a function are
     * spelled otherwise, see {@link FunctionReader}.
     */
    public static TensorflowNode of(NodeDef node) {
        List<NodeOutput> inputs = new ArrayList<>();
        List<String> controls = new ArrayList<>();
        for (String input : node.getInputList()) {
            if (input.startsWith("^")) {
                controls.add(input.substring(1));
            } else {
                inputs.add(NodeOutput.parse(input));
            }
        }
        return new TensorflowNode(
                node.getName(), node.getOp(), inputs, controls, new NodeAttributes(node.getAttrMap()));
    }

    /** The node's operator and name, for messages. */
    public String describe() {
        return operator + " node '" + name + "'";
    }

    /** An exception for something wrong with this node. */
    public ModelFormatException wrong(String what) {
        return new ModelFormatException(describe() + ": " + what);
    }
}
