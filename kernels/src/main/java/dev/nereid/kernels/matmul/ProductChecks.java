package dev.nereid.kernels.matmul;

import dev.nereid.tensor.DataType;

/** What every product checks before it works with addresses. */
final class ProductChecks {
    private ProductChecks() {}

    /**
     * Checks that {@code c = epilogue(a * b)} makes sense for a b of k rows and n columns and that all matrices but b lie
     * within their segments.
     */
    static void check(Matrix a, int k, int n, Matrix c, Epilogue epilogue) {
        checkSizes(a, k, n, c);
        a.checkBounds();
        c.checkBounds();
        epilogue.addend().ifPresent(addend -> checkLike(addend, c));
        epilogue.residual().ifPresent(residual -> checkLike(residual, c));
    }

    /** Checks that {@code c = a * b} makes sense for a b of k rows and n columns. */
    static void checkSizes(Matrix a, int k, int n, Matrix c) {
        if (a.columns() != k || c.rows() != a.rows() || c.columns() != n || !c.hasContiguousRows()) {
            throw new IllegalArgumentException("a product of [" + a.rows() + "," + a.columns() + "] and [" + k + "," + n
                    + "] into [" + c.rows() + "," + c.columns() + "]");
        }
    }

    /** Checks that the elements of a row lie side by side. */
    static void checkContiguousRows(Matrix a) {
        if (!a.hasContiguousRows()) {
            throw new IllegalArgumentException("a left side with " + a.columnStride() + " elements a column");
        }
    }

    /** Checks that {@code b} was packed as such elements in panels of so many columns into memory of so many bytes. */
    static void checkPacked(PackedMatrix b, DataType elements, int panelColumns, long bytes) {
        if (b.elements() != elements) {
            throw new IllegalArgumentException(
                    "a matrix packed as " + b.elements() + ", but these kernels take " + elements);
        }
        if (b.panelColumns() != panelColumns) {
            throw new IllegalArgumentException("a matrix packed in panels of " + b.panelColumns()
                    + " columns, but these kernels take panels of " + panelColumns);
        }
        if (b.segment().byteSize() < bytes) {
            throw new IllegalArgumentException("a packed [" + b.rows() + "," + b.columns() + "] of "
                    + b.segment().byteSize() + " bytes, expected " + bytes);
        }
    }

    private static void checkLike(Matrix matrix, Matrix c) {
        if (matrix.rows() != c.rows() || matrix.columns() != c.columns()) {
            throw new IllegalArgumentException("a [" + matrix.rows() + "," + matrix.columns()
                    + "] to add to a product of [" + c.rows() + "," + c.columns() + "]");
        }
        matrix.checkBounds();
    }
}
