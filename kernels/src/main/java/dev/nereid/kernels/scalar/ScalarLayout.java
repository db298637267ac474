package dev.nereid.kernels.scalar;

import dev.nereid.kernels.layout.LayoutKernels;

/** The plain-loop kernels of the layout family. */
public final class ScalarLayout implements LayoutKernels {}
