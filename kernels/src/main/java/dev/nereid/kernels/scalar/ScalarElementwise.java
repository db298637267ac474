package dev.nereid.kernels.scalar;

import dev.nereid.kernels.elementwise.ElementwiseKernels;

/** The plain-loop kernels of the elementwise family. */
public final class ScalarElementwise implements ElementwiseKernels {}
