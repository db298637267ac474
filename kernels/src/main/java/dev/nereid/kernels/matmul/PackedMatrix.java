package dev.nereid.kernels.matmul;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The right side of a product in the layout of the kernels that packed it: panels of {@code panelColumns} columns, each
 * row-major and dense; the last panel is as wide as the columns that are left, rounded up to whole vectors and filled
 * with zeros. The memory belongs to the caller of {@link MatMulKernels#pack}.
 *
 * @param rows rows of the matrix, the k of the product
 * @param columns columns of the matrix, the n of the product
 * @param panelColumns columns of a full panel
 */
public record PackedMatrix(MemorySegment segment, int rows, int columns, int panelColumns) {
    public PackedMatrix {
        Objects.requireNonNull(segment, "segment");
        if (rows < 0 || columns < 0 || panelColumns < 1) {
            throw new IllegalArgumentException(
                    "a packed matrix of " + rows + " x " + columns + " in panels of " + panelColumns);
        }
    }

    long address() {
        return segment.address();
    }

    int panels() {
        return Math.ceilDiv(columns, panelColumns);
    }

    /** Byte at which panel {@code panel} begins. */
    long panelOffset(int panel) {
        return (long) panel * panelColumns * rows * Float.BYTES;
    }
}
