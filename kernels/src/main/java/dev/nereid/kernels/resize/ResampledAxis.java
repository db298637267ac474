package dev.nereid.kernels.resize;

import java.util.Objects;

/**
 * The inputs and weights of each output position along an axis of a resized tensor. Immutable by agreement: nobody writes to
 * the arrays.
 *
 * @param from places of the input
 * @param to places of the output
 * @param width input places that an output place is made of; 0 where the axis is as it was
 * @param indices [to, width], where they are: each below {@code from}
 * @param weights [to, width]; nothing where places are only gathered
 */
@SuppressWarnings("ArrayRecordComponent")
public record ResampledAxis(int from, int to, int width, int[] indices, float[] weights) {
    public ResampledAxis {
        if (indices.length != to * width || (weights.length != 0 && weights.length != indices.length)) {
            throw new IllegalArgumentException("expected " + to + " x " + width + " indices and as many weights, got "
                    + indices.length + " and " + weights.length);
        }
        for (int index : indices) {
            Objects.checkIndex(index, from);
        }
        if (width == 0 && from != to) {
            throw new IllegalArgumentException("an axis of " + from + " places is not as it was with " + to);
        }
    }

    /** An axis that is as it was. */
    public static ResampledAxis kept(int length) {
        return new ResampledAxis(length, length, 0, new int[0], new float[0]);
    }

    /** An axis whose places are gathered, one for each index. */
    public static ResampledAxis picked(int from, int... indices) {
        return new ResampledAxis(from, indices.length, 1, indices, new float[0]);
    }

    public boolean isKept() {
        return width == 0;
    }

    /** The one input place that a place is. */
    public int source(int place) {
        return width == 0 ? place : indices[place];
    }
}
