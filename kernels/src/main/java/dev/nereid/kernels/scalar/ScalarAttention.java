package dev.nereid.kernels.scalar;

import dev.nereid.kernels.attention.AttentionKernels;

/** The plain-loop kernels of the attention family. */
public final class ScalarAttention implements AttentionKernels {}
