package dev.nereid.kernels.conv;

/** The kernels of the conv family. */
public interface ConvKernels {}
