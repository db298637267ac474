package dev.nereid.kernels.scalar;

import dev.nereid.kernels.conv.ConvKernels;

/** The plain-loop kernels of the conv family. */
public final class ScalarConv implements ConvKernels {}
