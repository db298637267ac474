package dev.nereid.models.operators.linear;

import dev.nereid.kernels.matmul.Contraction;
import java.util.Optional;

/**
 * How a contraction of two inputs is a product of matrices.
 *
 * @param left the input whose rows become rows of the product
 * @param row the label of the rows, which the left input alone has
 * @param summed the one label that is summed over, which both have
 * @param column the label of the columns, the innermost of the output, which the right input alone has
 */
record MatrixRoles(int left, int row, int summed, int column) {
    static Optional<MatrixRoles> of(Contraction contraction) {
        int column = contraction.outputLabels() - 1;
        int summed = contraction.outputLabels();
        if (column < 1 || contraction.extents().length != summed + 1) {
            return Optional.empty();
        }
        int left = contraction.strides()[0][column] == 0 ? 0 : 1;
        long[] a = contraction.strides()[left];
        long[] b = contraction.strides()[1 - left];
        if (a[column] != 0 || b[column] == 0 || a[summed] == 0 || b[summed] == 0) {
            return Optional.empty();
        }
        for (int row = column - 1; row >= 0; row--) {
            if (a[row] != 0 && b[row] == 0) {
                return Optional.of(new MatrixRoles(left, row, summed, column));
            }
        }
        return Optional.empty();
    }

    /** Moves to the next position of the output's labels that are neither rows nor columns. */
    void next(int[] at, int[] extents) {
        for (int label = at.length - 1; label >= 0; label--) {
            if (label == row || label == column) {
                continue;
            }
            if (++at[label] < extents[label]) {
                return;
            }
            at[label] = 0;
        }
    }
}
