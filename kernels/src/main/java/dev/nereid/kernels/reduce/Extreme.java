package dev.nereid.kernels.reduce;

import dev.nereid.kernels.elementwise.CompareOp;

/** Which number of many. */
public enum Extreme {
    GREATEST(CompareOp.GREATER, CompareOp.GREATER_OR_EQUAL),
    LEAST(CompareOp.LESS, CompareOp.LESS_OR_EQUAL);

    private final CompareOp first;
    private final CompareOp last;

    Extreme(CompareOp first, CompareOp last) {
        this.first = first;
        this.last = last;
    }

    /** How a number relates to the best before it where it takes its place, so that the first or the last one stays. */
    public CompareOp displacedBy(boolean last) {
        return last ? this.last : first;
    }
}
