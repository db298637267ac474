package dev.nereid.models.pytorch.export;

import dev.nereid.models.graph.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A graph of an exported program.
 *
 * @param tensors what the file says of its tensors, by name
 */
record ExportedGraph(
        List<ExportedArgument> inputs,
        List<ExportedArgument> outputs,
        List<Node> nodes,
        Map<String, TensorType> tensors) {
    ExportedGraph {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        nodes = List.copyOf(nodes);
        tensors = Map.copyOf(tensors);
    }

    /**
     * A call.
     *
     * @param target the full name of what is called, such as {@code torch.ops.aten.linear.default}
     * @param source where the model's own code has it; the last lines of a stack trace
     */
    record Node(String target, List<Parameter> inputs, List<ExportedArgument> outputs, Optional<String> source) {
        Node {
            inputs = List.copyOf(inputs);
            outputs = List.copyOf(outputs);
        }

        /** What it is given, without names. */
        List<ExportedArgument> arguments() {
            return inputs.stream().map(Parameter::value).toList();
        }
    }

    /**
     * An argument of a call.
     *
     * @param name empty where the order says which it is
     */
    record Parameter(String name, ExportedArgument value) {}
}
