package dev.nereid.kernels.matmul;

/** The kernels of the matmul family. */
public interface MatMulKernels {}
