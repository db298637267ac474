/**
 * Products of floats with weights of four and of eight bits a number, in blocks that have a scale and a zero point each. Depends on
 * tensor, memory, kernels.parallel, kernels.loop and, for many rows, kernels.matmul.
 */
@NullMarked
package dev.nereid.kernels.blockwise;

import org.jspecify.annotations.NullMarked;
