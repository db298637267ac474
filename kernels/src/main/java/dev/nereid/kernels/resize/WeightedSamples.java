package dev.nereid.kernels.resize;

/**
 * Sample points, each a weighted sum of the same number of pixels of a plane.
 *
 * @param cells [points, taps]: numbers of cells; there may be more behind the last
 * @param weights [points, taps]
 */
@SuppressWarnings("ArrayRecordComponent")
public record WeightedSamples(int points, int taps, int[] cells, float[] weights) {}
