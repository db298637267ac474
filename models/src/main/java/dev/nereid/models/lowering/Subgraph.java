package dev.nereid.models.lowering;

import dev.nereid.models.graph.ValueType;

/** A subgraph, ready to run: what {@link Lowering#body} gives and {@link StepRun#run} takes. Immutable. */
public interface Subgraph {
    /** The type of an output as the body alone knows it: dims that the body's inputs decide are symbols of its own. */
    ValueType outputType(int output);
}
