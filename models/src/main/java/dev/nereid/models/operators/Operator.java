package dev.nereid.models.operators;

import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import java.util.List;

/**
 * What a graph node of one type means: the types of its outputs, and the steps that compute them. Stateless; one
 * instance serves every node of the type. Knows datatypes and shapes, never CPUs.
 */
public interface Operator {
    /**
     * The types of the node's outputs, in order. Called with symbolic dims when a plan is built and, for nodes whose
     * shapes only a run can know, again during the run with every dim and every content known.
     *
     * @return one type an output; fresh dims ({@link Inference#unknownDim}) where the shape depends on content that is
     *     not known
     * @throws dev.nereid.models.ModelFormatException if the inputs do not suit the operator
     */
    List<? extends ValueType> outputTypes(Inference inference);

    /** Emits the steps that compute the node's outputs. Called once, while the plan is built. */
    void lower(Lowering lowering);

    /** Whether equal inputs always give equal outputs; a random operator says no and is never folded. */
    default boolean deterministic() {
        return true;
    }
}
