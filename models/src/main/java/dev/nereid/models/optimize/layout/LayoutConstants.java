package dev.nereid.models.optimize.layout;

import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Arrays;

/** Constants that are broadcast against tensors with their channels last. */
final class LayoutConstants {
    private LayoutConstants() {}

    /** Whether {@link #toLast} can move the constant's elements. */
    static boolean canMove(Tensor constant, int rank) {
        return constant.shape().rank() <= rank && constant.dataType().bytes() > 0;
    }

    /** The constant, with axes of extent 1 in front up to {@code rank}, as it is with its channels last. */
    static Tensor toLast(Tensor constant, int rank, SegmentAllocator memory) {
        long[] dims = new long[rank];
        Arrays.fill(dims, 1);
        long[] own = constant.shape().dims();
        System.arraycopy(own, 0, dims, rank - own.length, own.length);
        int[] permutation = ChannelsLastAxes.toLast(rank);
        long[] moved = Arrays.stream(permutation).mapToLong(axis -> dims[axis]).toArray();
        int bytes = constant.dataType().bytes();
        MemorySegment target = memory.allocate(Math.max(1, constant.byteSize()), 64);
        long channels = dims[1];
        long cells = Arrays.stream(dims).skip(2).reduce(1, (a, b) -> a * b);
        for (long item = 0; item < dims[0]; item++) {
            for (long channel = 0; channel < channels; channel++) {
                for (long cell = 0; cell < cells; cell++) {
                    long from = (item * channels + channel) * cells + cell;
                    long to = (item * cells + cell) * channels + channel;
                    MemorySegment.copy(constant.segment(), from * bytes, target, to * bytes, bytes);
                }
            }
        }
        return Tensor.of(constant.dataType(), Shape.of(moved), target.asSlice(0, constant.byteSize()));
    }
}
