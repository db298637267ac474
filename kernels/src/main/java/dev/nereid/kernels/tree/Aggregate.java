package dev.nereid.kernels.tree;

/** How the weights that a row meets in the trees become one score. */
public enum Aggregate {
    /** Added up in the order of the trees. */
    SUM,
    MINIMUM,
    MAXIMUM
}
