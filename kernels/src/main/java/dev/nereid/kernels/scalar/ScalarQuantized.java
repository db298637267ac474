package dev.nereid.kernels.scalar;

import dev.nereid.kernels.quantized.QuantizedKernels;

/** The plain-loop kernels of the quantized family. */
public final class ScalarQuantized implements QuantizedKernels {}
