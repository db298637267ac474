package dev.nereid.models.operators.linear;

import dev.nereid.kernels.matmul.Contraction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a contraction of two inputs is a series of products of matrices. Labels of one element are left out; those of a list
 * are in the order of the contraction.
 *
 * @param left the input whose rows become rows of the products
 * @param batch the labels of the output that both inputs have: one product for each of their positions
 * @param rows the labels of the output that the left input alone has
 * @param summed the labels that the output lacks, which both inputs have
 * @param columns the labels of the output that the right input alone has
 */
record ProductLabels(int left, List<Integer> batch, List<Integer> rows, List<Integer> summed, List<Integer> columns) {
    /** Empty where an input is summed up by itself or repeated, and where nothing is to be computed. */
    static Optional<ProductLabels> of(Contraction contraction) {
        if (contraction.strides().length != 2) {
            return Optional.empty();
        }
        List<Integer> batch = new ArrayList<>();
        List<List<Integer>> own = List.of(new ArrayList<>(), new ArrayList<>());
        List<Integer> summed = new ArrayList<>();
        int innermost = 1;
        int[] extents = contraction.extents();
        for (int label = 0; label < extents.length; label++) {
            boolean first = contraction.strides()[0][label] != 0;
            boolean second = contraction.strides()[1][label] != 0;
            boolean given = label < contraction.outputLabels();
            if (extents[label] == 1) {
                continue;
            }
            if (extents[label] == 0 || (given ? !first && !second : !first || !second)) {
                return Optional.empty();
            }
            if (!given) {
                summed.add(label);
            } else if (first && second) {
                batch.add(label);
            } else {
                innermost = first ? 0 : 1;
                own.get(innermost).add(label);
            }
        }
        // The products' columns are to lie next to each other where they can.
        return Optional.of(new ProductLabels(1 - innermost, batch, own.get(1 - innermost), summed, own.get(innermost)));
    }
}
