package dev.nereid.kernels.scalar;

import dev.nereid.kernels.reduce.ReduceKernels;

/** The plain-loop kernels of the reduce family. */
public final class ScalarReduce implements ReduceKernels {}
