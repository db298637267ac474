package dev.nereid.kernels.recurrent;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Where the rows of a batch lie at each step, in elements of {@code FP32}: row b of step t begins at element {@code offset +
 * t * step + b * row} of the segment. Strides may be negative.
 */
public record StepRows(MemorySegment segment, long offset, long step, long row) {
    public StepRows {
        Objects.requireNonNull(segment, "segment");
    }

    /** The address of a row. */
    long address(int t, int b) {
        return segment.address() + index(t, b) * Float.BYTES;
    }

    /** The element at which a row begins. */
    public long index(int t, int b) {
        return offset + t * step + b * row;
    }

    /** The same from row {@code first} of each step on. */
    StepRows later(int first) {
        return new StepRows(segment, offset + first * row, step, row);
    }

    /**
     * Checks that all rows lie in the segment.
     *
     * @throws IndexOutOfBoundsException if they do not
     */
    void check(int steps, int batch, int columns) {
        long steepest = (steps - 1) * step;
        long last = (batch - 1) * row;
        long first = offset + Math.min(0, steepest) + Math.min(0, last);
        long end = offset + Math.max(0, steepest) + Math.max(0, last) + columns;
        if (first < 0 || end > segment.byteSize() / Float.BYTES) {
            throw new IndexOutOfBoundsException("rows over the elements " + first + " to " + end + " of a segment of "
                    + segment.byteSize() + " bytes");
        }
    }
}
