package dev.nereid.kernels.matmul;

import java.util.Objects;

/**
 * A sum of products over labelled axes: for every assignment of the first {@code outputLabels} labels, y is the sum over
 * all assignments of the others of the product of the inputs' elements. Arrays are not to be changed.
 *
 * @param extents the extent of each label; those of the output come first, in the output's order
 * @param strides for each input the elements between neighbours along each label; 0 where it lacks the label
 */
@SuppressWarnings("ArrayRecordComponent")
public record Contraction(int[] extents, int outputLabels, long[][] strides) {
    public Contraction {
        Objects.requireNonNull(extents, "extents");
        for (long[] input : strides) {
            if (input.length != extents.length) {
                throw new IllegalArgumentException(
                        "strides for " + input.length + " labels, but " + extents.length + " extents");
            }
        }
    }

    /** Elements of the output. */
    public int outputs() {
        return product(0, outputLabels);
    }

    /** Products that one element of the output adds up. */
    public int terms() {
        return product(outputLabels, extents.length);
    }

    private int product(int from, int to) {
        int product = 1;
        for (int label = from; label < to; label++) {
            product = Math.multiplyExact(product, extents[label]);
        }
        return product;
    }
}
