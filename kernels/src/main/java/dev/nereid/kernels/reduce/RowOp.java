package dev.nereid.kernels.reduce;

/** What is computed of a row as a whole, giving a row. */
public enum RowOp {
    /** exp(x - greatest), divided by the sum of these. */
    SOFTMAX,
    /** The logarithm of {@code SOFTMAX}. */
    LOG_SOFTMAX,
    /** 1 for the first of the greatest numbers, else 0. */
    HARDMAX
}
