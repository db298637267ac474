package dev.nereid.kernels.svm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * A support vector a lane. Packed, {@link #LANES} vectors that follow each other are a panel, feature by feature; a panel
 * that is not full ends in vectors of zeros.
 */
public final class VectorSvm implements SvmKernels {
    private static final int LANES = DistanceTiles.LANES;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public long packedBytes(int count, int features) {
        return 4L * stride(count) * features;
    }

    @Override
    public PackedVectors pack(MemorySegment vectors, int count, int features, MemorySegment memory) {
        for (int j = 0; j < count; j++) {
            long panel = (long) (j / LANES) * LANES * features;
            for (int k = 0; k < features; k++) {
                float value = vectors.get(FLOAT, 4 * ((long) j * features + k));
                memory.set(FLOAT, 4 * (panel + (long) k * LANES + j % LANES), value);
            }
        }
        return new PackedVectors(memory.asSlice(0, packedBytes(count, features)), count, features, stride(count));
    }

    private static int stride(int count) {
        return Math.ceilDiv(count, LANES) * LANES;
    }

    @Override
    public void squaredDistances(
            int rows,
            MemorySegment x,
            long xOffset,
            PackedVectors vectors,
            float scale,
            MemorySegment y,
            long yOffset) {
        int features = vectors.features();
        long from = address(x, xOffset, 4L * rows * features);
        long to = address(y, yOffset, 4L * rows * vectors.stride());
        long v = address(vectors.memory(), 0, packedBytes(vectors.count(), features));
        DistanceTiles.run(rows, features, vectors.stride() / LANES, from, v, scale, to);
    }

    @Override
    public void weigh(
            int rows,
            MemorySegment x,
            long xOffset,
            int stride,
            WeightGroups weights,
            MemorySegment sums,
            long sumsOffset) {
        int count = weights.count();
        if (rows == 0) {
            return;
        }
        long from = address(x, xOffset, 4 * ((rows - 1L) * stride + count));
        long w = address(weights.weights(), 0, 4L * weights.lists() * count);
        long to = address(sums, sumsOffset, 8L * rows * weights.groups() * weights.lists());
        for (int row = 0; row < rows; row++) {
            for (int group = 0; group < weights.groups(); group++) {
                int start = weights.starts()[group];
                int length = weights.starts()[group + 1] - start;
                for (int list = 0; list < weights.lists(); list++) {
                    WeightedSum.run(length, from + 4L * start, w + 4 * ((long) list * count + start), to);
                    to += Double.BYTES;
                }
            }
            from += 4L * stride;
        }
    }

    private static long address(MemorySegment segment, long offset, long bytes) {
        Objects.checkFromIndexSize(offset, bytes, segment.byteSize());
        return segment.address() + offset;
    }
}
