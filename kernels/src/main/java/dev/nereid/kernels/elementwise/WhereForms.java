package dev.nereid.kernels.elementwise;

import java.lang.foreign.MemorySegment;

/** The forms of what is selected from: vectors or one number on either side. What fills no vector is left to a base. */
abstract class WhereForms implements WhereKernel {
    private final WhereKernel base;
    private final int lanes;
    private final long bytes;

    /**
     * Selects elements by vectors.
     *
     * @param lanes of a vector
     * @param bytes of an element
     */
    WhereForms(WhereKernel base, int lanes, int bytes) {
        this.base = base;
        this.lanes = lanes;
        this.bytes = bytes;
    }

    @Override
    public final void run(
            MemorySegment condition,
            long conditionOffset,
            int conditionStep,
            MemorySegment x,
            long xOffset,
            int xStep,
            MemorySegment y,
            long yOffset,
            int yStep,
            MemorySegment z,
            long zOffset,
            int length) {
        int bound = conditionStep == 0 ? 0 : length / lanes * lanes;
        if (bound > 0) {
            if (xStep == 0 && yStep == 0) {
                ofNumbers(condition, conditionOffset, x, xOffset, y, yOffset, z, zOffset, bound);
            } else if (xStep == 0) {
                ofNumberAndVectors(condition, conditionOffset, x, xOffset, y, yOffset, z, zOffset, bound);
            } else if (yStep == 0) {
                ofVectorsAndNumber(condition, conditionOffset, x, xOffset, y, yOffset, z, zOffset, bound);
            } else {
                ofVectors(condition, conditionOffset, x, xOffset, y, yOffset, z, zOffset, bound);
            }
        }
        if (bound < length) {
            base.run(
                    condition,
                    conditionOffset + (long) conditionStep * bound,
                    conditionStep,
                    x,
                    xOffset + bytes * xStep * bound,
                    xStep,
                    y,
                    yOffset + bytes * yStep * bound,
                    yStep,
                    z,
                    zOffset + bytes * bound,
                    length - bound);
        }
    }

    /** Of {@code bound} elements, whole vectors, both sides of as many. */
    abstract void ofVectors(
            MemorySegment condition,
            long conditionOffset,
            MemorySegment x,
            long xOffset,
            MemorySegment y,
            long yOffset,
            MemorySegment z,
            long zOffset,
            int bound);

    /** The same with one number in place of y. */
    abstract void ofVectorsAndNumber(
            MemorySegment condition,
            long conditionOffset,
            MemorySegment x,
            long xOffset,
            MemorySegment y,
            long yOffset,
            MemorySegment z,
            long zOffset,
            int bound);

    /** The same with one number in place of x. */
    abstract void ofNumberAndVectors(
            MemorySegment condition,
            long conditionOffset,
            MemorySegment x,
            long xOffset,
            MemorySegment y,
            long yOffset,
            MemorySegment z,
            long zOffset,
            int bound);

    /** The same with a number on either side. */
    abstract void ofNumbers(
            MemorySegment condition,
            long conditionOffset,
            MemorySegment x,
            long xOffset,
            MemorySegment y,
            long yOffset,
            MemorySegment z,
            long zOffset,
            int bound);
}
