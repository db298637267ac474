/**
 * Integer matrix products, convolutions of bytes, quantisation and dequantisation. Depends on tensor, memory, kernels.cpu
 * and kernels.parallel.
 */
@NullMarked
package dev.nereid.kernels.quantized;

import org.jspecify.annotations.NullMarked;
