package dev.nereid.kernels.reduce;

/** Which number of many. */
public enum Extreme {
    GREATEST,
    LEAST
}
