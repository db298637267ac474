package dev.nereid.kernels.quantized;

/** The kernels of the quantized family. */
public interface QuantizedKernels {}
