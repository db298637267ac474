package dev.nereid.kernels.reduce;

import dev.nereid.kernels.elementwise.CompareOp;

/** ArgMax or ArgMin, as the relation by which an element replaces the best before it. */
public enum ArgMinMax {
    GREATEST(CompareOp.GREATER, CompareOp.GREATER_OR_EQUAL),
    LEAST(CompareOp.LESS, CompareOp.LESS_OR_EQUAL);

    private final CompareOp first;
    private final CompareOp last;

    ArgMinMax(CompareOp first, CompareOp last) {
        this.first = first;
        this.last = last;
    }

    /** How a number relates to the best before it where it takes its place, so that the first or the last one stays. */
    public CompareOp displacedBy(boolean last) {
        return last ? this.last : first;
    }
}
