package dev.nereid.kernels.reduce;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Prefix sums (CumSum) of 32-bit floats down columns, bit for bit equal to a loop over one column. Rows, whose sums follow
 * from one another, and few columns are the base's.
 *
 * @param columns adds up columns side by side
 * @param base of the scalar loops
 */
public record FloatPrefixSums(ColumnPrefixSums columns, CumulativeKernel base) implements CumulativeKernel {
    @Override
    public void run(
            MemorySegment x,
            long xOffset,
            MemorySegment y,
            long yOffset,
            int outer,
            int length,
            int inner,
            boolean exclusive,
            boolean reverse) {
        if (inner < columns.least()) {
            base.run(x, xOffset, y, yOffset, outer, length, inner, exclusive, reverse);
            return;
        }
        long row = (long) Float.BYTES * inner;
        Objects.checkFromIndexSize(xOffset, row * length * outer, x.byteSize());
        Objects.checkFromIndexSize(yOffset, row * length * outer, y.byteSize());
        long first = reverse ? row * (length - 1) : 0;
        long stride = reverse ? -row : row;
        for (int o = 0; o < outer; o++) {
            long from = x.address() + xOffset + o * row * length + first;
            long to = y.address() + yOffset + o * row * length + first;
            if (exclusive && length > 0) {
                // Without the number itself a sum is that of the place before.
                y.asSlice(to - y.address(), row).fill((byte) 0);
                columns.run(from, to + stride, length - 1, inner, stride);
            } else {
                columns.run(from, to, length, inner, stride);
            }
        }
    }
}
