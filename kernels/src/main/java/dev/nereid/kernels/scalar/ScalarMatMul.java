package dev.nereid.kernels.scalar;

import dev.nereid.kernels.matmul.MatMulKernels;

/** The plain-loop kernels of the matmul family. */
public final class ScalarMatMul implements MatMulKernels {}
