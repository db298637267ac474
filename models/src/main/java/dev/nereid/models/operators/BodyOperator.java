package dev.nereid.models.operators;

import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import java.util.List;
import java.util.Map;

/** An operator whose nodes have graphs in their attributes. */
public interface BodyOperator extends Operator {
    /**
     * For each attribute that holds a graph the types that this graph's inputs have, captured values among them, in
     * any run of the node.
     */
    Map<String, List<ValueType>> bodyInputs(Inference inference);
}
