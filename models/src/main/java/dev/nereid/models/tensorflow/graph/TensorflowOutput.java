package dev.nereid.models.tensorflow.graph;

/**
 * An output of a graph.
 *
 * @param name what clients call it
 */
public record TensorflowOutput(String name, NodeOutput value) {}
