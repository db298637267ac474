package dev.nereid.kernels.reduce;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import jdk.incubator.vector.IntVector;

/**
 * TopK of 32-bit floats: along rows, or a few elements of each of many columns; everything else is delegated.
 *
 * @param largest whether the greatest come first
 * @param base of the scalar loops
 */
record FloatTopK(boolean largest, TopKKernel base) implements TopKKernel {
    private static final int LANES = IntVector.SPECIES_PREFERRED.length();

    @Override
    public long scratchBytes(int length, int count) {
        return Math.max(TopKRows.scratchBytes(count), TopKColumns.scratchBytes(count));
    }

    @Override
    public void run(
            MemorySegment x,
            long xOffset,
            MemorySegment y,
            long yOffset,
            MemorySegment indices,
            long indexOffset,
            int outer,
            int length,
            int inner,
            int count,
            MemorySegment scratch) {
        boolean columns = inner >= LANES && count <= TopKColumns.MOST;
        if (count == 0 || !(inner == 1 || columns)) {
            base.run(x, xOffset, y, yOffset, indices, indexOffset, outer, length, inner, count, scratch);
            return;
        }
        long results = (long) outer * count * inner;
        Objects.checkFromIndexSize(xOffset, (long) Float.BYTES * outer * length * inner, x.byteSize());
        Objects.checkFromIndexSize(yOffset, Float.BYTES * results, y.byteSize());
        Objects.checkFromIndexSize(indexOffset, Long.BYTES * results, indices.byteSize());
        Objects.checkFromIndexSize(0, scratchBytes(length, count), scratch.byteSize());
        long from = x.address() + xOffset;
        long to = y.address() + yOffset;
        long index = indices.address() + indexOffset;
        if (columns) {
            new TopKColumns(largest, length, inner, count, scratch.address()).run(from, to, index, outer);
        } else {
            new TopKRows(largest, length, count, scratch.address()).run(from, to, index, outer);
        }
    }
}
