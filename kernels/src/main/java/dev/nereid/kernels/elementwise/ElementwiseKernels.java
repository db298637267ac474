package dev.nereid.kernels.elementwise;

/** The kernels of the elementwise family. */
public interface ElementwiseKernels {}
