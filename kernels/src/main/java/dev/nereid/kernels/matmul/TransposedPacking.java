package dev.nereid.kernels.matmul;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Packs the transpose of a matrix for any kernel. */
final class TransposedPacking {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private TransposedPacking() {}

    /** Does what {@link FloatPanelKernel#packTransposed} says for {@code kernel}. */
    static void pack(Matrix b, int columns, MemorySegment memory, PanelKernel kernel) {
        int k = b.columns();
        Matrix transposed = b.transposed();
        for (int first = 0; first < columns; first += kernel.panelColumns()) {
            int width = Math.min(kernel.panelColumns(), columns - first);
            int there = Math.clamp(b.rows() - first, 0, width);
            long offset = (long) first * k;
            MatrixCopy.copy(transposed, 0, first, k, there, memory, offset, width);
            if (there < width) {
                clear(memory.address() + (offset + there) * Float.BYTES, k, width, width - there);
            }
        }
    }

    /** Sets the first {@code columns} elements of {@code rows} rows to zero. */
    private static void clear(long at, int rows, long stride, int columns) {
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                ALL.set(FLOAT, at + (row * stride + column) * Float.BYTES, 0f);
            }
        }
    }
}
