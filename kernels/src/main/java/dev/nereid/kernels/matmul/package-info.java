/**
 * Matrix products of floats: packing, micro-kernels, gemm and gemv with their epilogues. Depends on tensor, memory, kernels.cpu and kernels.parallel.
 */
@NullMarked
package dev.nereid.kernels.matmul;

import org.jspecify.annotations.NullMarked;
