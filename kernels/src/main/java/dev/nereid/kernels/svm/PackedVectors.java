package dev.nereid.kernels.svm;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Support vectors in the layout of the kernels that packed them, which alone may read them. Good as long as its memory.
 *
 * @param memory the numbers
 * @param count of the vectors
 * @param features numbers of each
 * @param stride elements from one row of results to the next: at least {@code count}
 */
public record PackedVectors(MemorySegment memory, int count, int features, int stride) {
    public PackedVectors {
        Objects.requireNonNull(memory, "memory");
        if (count < 0 || features < 0 || stride < count) {
            throw new IllegalArgumentException(
                    count + " vectors of " + features + " features, rows of " + stride + " results");
        }
    }
}
