package dev.nereid.kernels.layout;

/**
 * The triangle of matrices that Trilu keeps: the diagonal and all that lies right of it, or left of it.
 *
 * @param matrices how many
 * @param rows of each
 * @param columns of each
 * @param diagonal the column of the first row that is on the diagonal; may be outside
 * @param right whether what is right of the diagonal is kept, or left
 */
public record Triangle(long matrices, long rows, long columns, long diagonal, boolean right) {
    /** Whether the element of a matrix is kept. */
    public boolean keeps(long row, long column) {
        return right ? column - row >= diagonal : column - row <= diagonal;
    }

    /** Rows of all matrices. */
    long allRows() {
        return matrices * rows;
    }

    /** Elements of a row in front of those that are kept, or with {@code right} false up to their end. */
    long cut(long row) {
        // Beyond the corners there is nothing else to see.
        long seen = Math.clamp(diagonal, -rows - 1, columns + 1);
        return Math.clamp(row + seen + (right ? 0 : 1), 0, columns);
    }
}
