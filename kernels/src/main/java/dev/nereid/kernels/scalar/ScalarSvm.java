package dev.nereid.kernels.scalar;

import dev.nereid.kernels.svm.PackedVectors;
import dev.nereid.kernels.svm.SvmKernels;
import dev.nereid.kernels.svm.WeightGroups;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The definition of distances from support vectors, and of weighted sums. */
public final class ScalarSvm implements SvmKernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public long packedBytes(int count, int features) {
        return 4L * count * features;
    }

    @Override
    public PackedVectors pack(MemorySegment vectors, int count, int features, MemorySegment memory) {
        long bytes = packedBytes(count, features);
        MemorySegment.copy(vectors, 0, memory, 0, bytes);
        return new PackedVectors(memory.asSlice(0, bytes), count, features, count);
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
        for (long row = 0; row < rows; row++) {
            for (long j = 0; j < vectors.count(); j++) {
                float sum = 0;
                for (int k = 0; k < features; k++) {
                    float difference = x.get(FLOAT, xOffset + 4 * (row * features + k))
                            - vectors.memory().get(FLOAT, 4 * (j * features + k));
                    sum = Math.fma(difference, difference, sum);
                }
                y.set(FLOAT, yOffset + 4 * (row * vectors.stride() + j), scale * sum);
            }
        }
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
        long at = sumsOffset;
        for (long row = 0; row < rows; row++) {
            for (int group = 0; group < weights.groups(); group++) {
                for (long list = 0; list < weights.lists(); list++) {
                    double sum = 0;
                    for (int j = weights.starts()[group]; j < weights.starts()[group + 1]; j++) {
                        sum += (double) weights.weights().get(FLOAT, 4 * (list * weights.count() + j))
                                * x.get(FLOAT, xOffset + 4 * (row * stride + j));
                    }
                    sums.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, at, sum);
                    at += Double.BYTES;
                }
            }
        }
    }
}
