package dev.nereid.models.optimize.layout;

import java.util.stream.IntStream;

/** Maps axes between [batch, channels, spatial...] and [batch, spatial..., channels]. */
final class ChannelsLastAxes {
    private ChannelsLastAxes() {}

    /** For each axis of the tensor with its channels last, the axis that it is otherwise. */
    static int[] toLast(int rank) {
        return IntStream.range(0, rank)
                .map(axis -> axis == 0 ? 0 : axis == rank - 1 ? 1 : axis + 1)
                .toArray();
    }

    /** For each axis of the tensor with its channels second, the axis that it is otherwise. */
    static int[] toFirst(int rank) {
        return IntStream.range(0, rank)
                .map(axis -> axis == 0 ? 0 : axis == 1 ? rank - 1 : axis - 1)
                .toArray();
    }

    /** Where axis {@code axis}, which may be negative, of a tensor with its channels second is with them last. */
    static int last(long axis, int rank) {
        return toFirst(rank)[Math.toIntExact(axis < 0 ? axis + rank : axis)];
    }

    static boolean isValid(long axis, int rank) {
        return axis >= -rank && axis < rank;
    }

    static boolean isIdentity(int[] permutation) {
        return IntStream.range(0, permutation.length).allMatch(axis -> permutation[axis] == axis);
    }
}
