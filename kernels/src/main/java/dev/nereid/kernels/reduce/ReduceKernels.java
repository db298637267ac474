package dev.nereid.kernels.reduce;

/** The kernels of the reduce family. */
public interface ReduceKernels {}
