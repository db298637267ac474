package dev.nereid.models.lowering;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** What is known of a node's inputs while its output types are inferred. */
public interface Inference {
    Node node();

    default Attributes attributes() {
        return node().attributes();
    }

    /** The opset version that the node was written for. */
    default int opset() {
        return node().opset();
    }

    /** Length of the input list, left-out optional ones among them. */
    default int inputs() {
        return node().inputs().size();
    }

    /** Whether the input is there; false too beyond the end of the list. */
    default boolean has(int input) {
        return node().input(input).isPresent();
    }

    /**
     * The type of an input that is there and is a tensor.
     *
     * @throws dev.nereid.models.ModelFormatException if it is another kind of value
     */
    default TensorType type(int input) {
        return valueType(input).asTensor("input " + input);
    }

    /** The type of an input that is there, a tensor or another kind of value. */
    ValueType valueType(int input);

    /** The content of an input, where it is a constant (or, during a run, always). */
    Optional<Tensor> constant(int input);

    /**
     * The content of a small integer tensor of rank 0 or 1, each element a number or a formula: what a shape input
     * holds. Empty where it is not known or the input was left out.
     */
    Optional<List<Dim>> content(int input);

    /**
     * The types of the outputs of a subgraph of the node, in terms of the dims of its inputs.
     *
     * @param body the last of its inputs are captured values, which are the last inputs of the node
     * @param inputs the types of its inputs, captured values among them
     * @throws dev.nereid.models.ModelFormatException if its nodes do not suit them, or there are not as many
     */
    List<ValueType> bodyTypes(Graph body, List<? extends ValueType> inputs);

    /** A dim that only the run will know. */
    Dim unknownDim();
}
