package dev.nereid.models.operators;

import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import java.util.List;
import java.util.Map;

/** An operator with subgraphs in its attributes. */
public interface SubgraphOperator extends Operator {
    /**
     * For each attribute that holds a graph the types that this graph's inputs have, captured values among them, in
     * any run of the node.
     */
    Map<String, List<ValueType>> bodyInputs(Inference inference);
}
