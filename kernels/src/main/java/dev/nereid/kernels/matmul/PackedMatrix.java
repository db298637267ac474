package dev.nereid.kernels.matmul;

import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The right side of a product in the layout of the kernels that packed it: panels of {@code panelColumns} columns, each
 * row-major and dense; the last panel is as wide as the columns that are left, rounded up to whole vectors and filled
 * with zeros. The memory belongs to the caller of {@link MatMulKernels#pack}.
 *
 * @param elements what the matrix was made of; {@code FP32} unless the kernels say otherwise
 * @param rows rows of the matrix, the k of the product
 * @param columns columns of the matrix, the n of the product
 * @param panelColumns columns of a full panel
 */
public record PackedMatrix(MemorySegment segment, DataType elements, int rows, int columns, int panelColumns) {
    public PackedMatrix {
        Objects.requireNonNull(segment, "segment");
        Objects.requireNonNull(elements, "elements");
        if (rows < 0 || columns < 0 || panelColumns < 1) {
            throw new IllegalArgumentException(
                    "a packed matrix of " + rows + " x " + columns + " in panels of " + panelColumns);
        }
    }

    /** A matrix of {@code FP32}. */
    public PackedMatrix(MemorySegment segment, int rows, int columns, int panelColumns) {
        this(segment, DataType.FP32, rows, columns, panelColumns);
    }

    long address() {
        return segment.address();
    }

    int panels() {
        return Math.ceilDiv(columns, panelColumns);
    }

    /** Byte at which panel {@code panel} begins, of elements of four bytes. */
    long panelOffset(int panel) {
        return (long) panel * panelColumns * rows * Float.BYTES;
    }
}
