package dev.nereid.models.plan;

import dev.nereid.models.graph.Dim;

/**
 * Memory that a frame has for a value, or for several of one size that overwrite each other, while they live. Regions
 * whose steps do not overlap may share memory.
 *
 * @param bytes its size
 * @param from the step that writes it first
 * @param to the last step that reads it; {@link Integer#MAX_VALUE} where it is read after the run
 */
public record Region(Dim bytes, int from, int to) {}
