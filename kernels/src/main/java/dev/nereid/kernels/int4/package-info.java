/**
 * Products of floats with weights of four bits a number, in blocks that have a scale and a zero point each. Depends on
 * tensor, memory, kernels.parallel and, for many rows, kernels.matmul.
 */
@NullMarked
package dev.nereid.kernels.int4;

import org.jspecify.annotations.NullMarked;
