package dev.nereid.kernels.attention;

/** The kernels of the attention family. */
public interface AttentionKernels {}
