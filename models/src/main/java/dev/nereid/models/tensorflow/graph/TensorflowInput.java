package dev.nereid.models.tensorflow.graph;

import dev.nereid.models.graph.TensorType;

/**
 * An input of a graph or a function.
 *
 * @param name what clients call it
 * @param type unknown dims are symbols; a handle of a resource has none that matters
 * @param feeds the value that it is in the graph: of a Placeholder node, or of one that is cut off here
 */
public record TensorflowInput(String name, TensorType type, NodeOutput feeds) {}
