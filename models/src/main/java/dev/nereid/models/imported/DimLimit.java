package dev.nereid.models.imported;

/**
 * Bounds of a dim of an input, beyond which a file says that its graph does not hold.
 *
 * @param input its place among the graph's inputs
 */
public record DimLimit(int input, int axis, long least, long most) {}
