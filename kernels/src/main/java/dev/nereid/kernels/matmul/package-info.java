/**
 * Matrix products of floats: packing, micro-kernels, gemm and gemv with their epilogues. Depends on tensor, memory, kernels.cpu, kernels.parallel and, for transposed copies and an epilogue, kernels.layout and kernels.elementwise.
 */
@NullMarked
package dev.nereid.kernels.matmul;

import org.jspecify.annotations.NullMarked;
