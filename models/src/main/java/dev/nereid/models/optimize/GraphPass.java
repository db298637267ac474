package dev.nereid.models.optimize;

import dev.nereid.models.graph.Graph;

/** One rewriting of a graph. Never changes what the graph computes beyond rounding, nor its inputs and outputs. */
@FunctionalInterface
public interface GraphPass {
    /** The rewritten graph; the same instance where there is nothing to do. */
    Graph apply(Graph graph);
}
