package dev.nereid.models.tensorflow.graph;

import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Map;

/**
 * A graph to serve. Nodes that no output needs may be among its nodes; they are left out.
 *
 * @param nodes in any order, names are unique; without PartitionedCall and StatefulPartitionedCall
 * @param variables what the variables hold that a checkpoint has, by the name of the VarHandleOp or VariableV2 node
 * @param functions by name: what nodes such as If and While name, and what those functions name; calls in them are
 *     inlined as in the graph itself, and handles of variables reach them as arguments
 */
public record TensorflowGraph(
        List<TensorflowNode> nodes,
        List<TensorflowInput> inputs,
        List<TensorflowOutput> outputs,
        Map<String, Tensor> variables,
        Map<String, TensorflowFunction> functions) {
    public TensorflowGraph {
        nodes = List.copyOf(nodes);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        variables = Map.copyOf(variables);
        functions = Map.copyOf(functions);
    }
}
