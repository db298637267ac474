package dev.nereid.kernels.conv;

/**
 * Cells of a plane that points are made of, as many for each point.
 *
 * @param cells [points, taps]: numbers of cells; there may be more behind the last
 * @param weights [points, taps]
 */
@SuppressWarnings("ArrayRecordComponent")
public record WeightedCells(int points, int taps, int[] cells, float[] weights) {}
